/**
 * A diff as Markdown, for a comment or a job's summary. Most important first, and cut by whole units: what does not fit is counted, and is in
 * the report. Deletions come before everything and are not cut.
 */
import { GROUP_TITLES, GROUPS } from "../diff/change.ts";
import type { ProjectDiff } from "../diff/diff.ts";
import type { Problem } from "../snapshot.ts";
import { bytes, codeBlock, codeSpan, escapeHtml, markdown, prose } from "./encode.ts";
import { concerns, inline, summaryLine } from "./terminal.ts";

export interface MarkdownOptions {
  /** Bytes of UTF-8. */
  readonly budget: number;
  /** First line, without `##`. */
  readonly title?: string;
  /** Last lines: where more is to be seen. Markdown of ours. */
  readonly footer?: string;
}

/** A part that is shown whole or not at all. */
interface Unit {
  readonly text: string;
  readonly section: string;
  /** Shown whatever the budget. */
  readonly always?: boolean;
}

export function renderMarkdown(diffs: readonly ProjectDiff[], { budget, title, footer }: MarkdownOptions): string {
  const several = diffs.length > 1;
  const head = [
    ...(title === undefined ? [] : [`## ${title}`, ""]),
    ...diffs.map((diff) => summary(diff, several)),
    "",
  ];
  const end = footer === undefined ? [] : ["", footer];
  const units = order(diffs.flatMap((diff) => unitsOf(diff, several)));
  let left = budget - bytes([...head, ...end].join("\n")) - RESERVE;
  const shown: Unit[] = [];
  const hidden = new Map<string, number>();
  for (const unit of units) {
    const cost = bytes(unit.text) + bytes(unit.section) + 12;
    if (!unit.always && cost > left) {
      hidden.set(unit.section, (hidden.get(unit.section) ?? 0) + 1);
      continue;
    }
    left -= cost;
    shown.push(unit);
  }
  const lines: string[] = [];
  for (const section of new Set(units.map((unit) => unit.section))) {
    const mine = shown.filter((unit) => unit.section === section);
    const more = hidden.get(section) ?? 0;
    if (mine.length === 0 && more === 0) continue;
    lines.push(section, "", ...mine.map((unit) => unit.text));
    if (more > 0) lines.push(`${mine.length === 0 ? "" : "\n"}*${more} more in the report.*`);
    lines.push("");
  }
  return `${[...head, ...lines, ...end].join("\n").trimEnd()}\n`;
}

/** For the notes on what is left out. */
const RESERVE = 1500;

function summary(diff: ProjectDiff, several: boolean): string {
  const line = diff.failed?.side === "head" ? `❌ ${prose(summaryLine(diff))}` : prose(summaryLine(diff));
  return several ? `- **${diff.folder === "" ? "." : codeSpan(diff.folder)}**: ${line}` : `**${line}**`;
}

function unitsOf(diff: ProjectDiff, several: boolean): Unit[] {
  const suffix = several ? ` (${codeSpan(diff.folder || ".")})` : "";
  const units: Unit[] = diff.problems
    .filter(({ severity }) => severity !== "info")
    .map((problem) => ({ section: "### Problems", text: `- ${problemText(problem)}${suffix}` }));
  for (const group of GROUPS)
    for (const change of diff.changes.filter((one) => one.group === group))
      units.push({
        section: `### ${GROUP_TITLES[group]}`,
        text: `- ${markdown(change.words)}${prose(concerns(change))}${suffix}`,
        always: group === "deletion",
      });
  for (const { object, action, from, fields, folded } of diff.objects) {
    const lines = fields.map(({ path, before, after }) => `${path}: ${inline(before)} → ${inline(after)}`);
    if (folded > 0) lines.push(`${folded} more follow from the new image`);
    const name = `${action} ${object}${from === undefined ? "" : ` (was ${from})`}`;
    const text = lines.length === 0 ? `- ${prose(name)}` : details(name, codeBlock(lines.join("\n")));
    units.push({ section: "### Objects", text, always: action === "removed" });
  }
  for (const { path, action, patch, added, removed } of diff.texts) {
    const name = `${action} ${several ? `${diff.folder || "."}: ` : ""}${path} (+${added} −${removed})`;
    units.push({ section: "### Files", text: details(name, codeBlock(patch, "diff")) });
  }
  return units;
}

/** By section, in the order of sections; with several projects a section holds all of them. */
function order(units: readonly Unit[]): Unit[] {
  const titles = ["### Problems", ...GROUPS.map((group) => `### ${GROUP_TITLES[group]}`), "### Objects", "### Files"];
  const deletions = titles.splice(titles.indexOf(`### ${GROUP_TITLES.deletion}`), 1);
  return [...deletions, ...titles].flatMap((title) => units.filter(({ section }) => section === title));
}

function problemText({ code, severity, message, help, file, line }: Problem): string {
  const place = file === undefined ? "" : ` ${codeSpan(`${file}${line === undefined ? "" : `:${line}`}`)}`;
  return `**${severity} ${code}**${place} ${prose(message)}${help === undefined ? "" : `. *${prose(help)}*`}`;
}

function details(name: string, body: string): string {
  return `<details><summary>${escapeHtml(name)}</summary>\n\n${body}\n\n</details>`;
}
