/** A diff for a terminal. */
import picocolors from "picocolors";
import { visible } from "../../compiler/diagnostics/render-text.ts";
import { type Change, GROUP_TITLES, GROUPS } from "../diff/change.ts";
import type { ProjectDiff } from "../diff/diff.ts";
import { plain } from "../diff/say.ts";

export function renderTerminal(diffs: readonly ProjectDiff[], color: boolean, texts: boolean): string {
  const colors = picocolors.createColors(color);
  const lines: string[] = [];
  for (const diff of diffs) {
    if (diffs.length > 1) lines.push(colors.bold(diff.folder === "" ? "." : visible(diff.folder)));
    lines.push(summaryLine(diff));
    for (const group of GROUPS) {
      const changes = diff.changes.filter((change) => change.group === group);
      if (changes.length === 0) continue;
      lines.push("", (group === "deletion" ? colors.red : colors.bold)(GROUP_TITLES[group]));
      for (const change of changes) lines.push(`  ${visible(plain(change.words))}${colors.dim(concerns(change))}`);
    }
    if (diff.objects.length > 0) lines.push("", colors.bold("Objects"));
    for (const { object, action, from, fields, folded } of diff.objects) {
      lines.push(`  ${action} ${visible(object)}${from === undefined ? "" : ` (was ${visible(from)})`}`);
      for (const { path, before, after } of fields)
        lines.push(`    ${visible(path)}: ${visible(inline(before))} → ${visible(inline(after))}`);
      if (folded > 0) lines.push(colors.dim(`    ${folded} more follow from the new image`));
    }
    if (texts)
      for (const { path, patch } of diff.texts)
        lines.push("", colors.bold(visible(path)), ...patch.split("\n").map((line) => paint(visible(line), colors)));
    lines.push("");
  }
  return `${lines.join("\n").trimEnd()}\n`;
}

export function summaryLine({ failed, added, removed, changed, unchanged, changes }: ProjectDiff): string {
  if (failed?.side === "head") return `does not compile: ${failed.why}`;
  const counts = [
    removed.length > 0 ? `${removed.length} deleted` : "",
    added.length > 0 ? `${added.length} new` : "",
    changed.length > 0 ? `${changed.length} changed` : "",
    unchanged > 0 ? `${unchanged} unchanged` : "",
  ].filter((text) => text !== "");
  const note =
    failed?.side === "base" ? `; the base does not compile (${failed.why}), so everything is shown as new` : "";
  return `${counts.length === 0 || (changes.length === 0 && changed.length === 0 && removed.length === 0 && added.length === 0) ? "nothing changes" : `pipelines: ${counts.join(", ")}`}${note}`;
}

/** ` (3 pipelines)`, or nothing where the sentence itself says it. */
export function concerns({ pipelines, words }: Change): string {
  const [only] = pipelines;
  if (pipelines.length === 1 && words.some((word) => typeof word === "object" && word.code === only)) return "";
  return pipelines.length === 1 ? `  (${visible(only ?? "")})` : `  (${pipelines.length} pipelines)`;
}

export function inline(value: unknown): string {
  if (value === undefined) return "none";
  const text = JSON.stringify(value);
  return text.length > 200 ? `${text.slice(0, 197)}...` : text;
}

function paint(line: string, colors: ReturnType<typeof picocolors.createColors>): string {
  if (line.startsWith("+")) return colors.green(line);
  return line.startsWith("-") ? colors.red(line) : line;
}
