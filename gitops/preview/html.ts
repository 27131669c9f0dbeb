/** A diff as one HTML file that opens from disk: no script, nothing loaded from anywhere; the template escapes every value. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import Handlebars from "handlebars";
import { visible } from "../../compiler/diagnostics/render-text.ts";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { GROUP_TITLES, GROUPS } from "../diff/change.ts";
import type { Comparison } from "../diff/compare.ts";
import { type PipelineSnapshot, snapshotPipelines } from "../snapshot.ts";
import { graphOf } from "./graph.ts";
import { concerns, inline, summaryLine } from "./terminal.ts";

let compiled: Handlebars.TemplateDelegate | undefined;

export function renderReport(comparisons: readonly Comparison[]): string {
  compiled ??= Handlebars.compile(readFileSync(join(PACKAGE_ROOT, "templates/preview/report.html.hbs"), "utf8"), {
    strict: true,
  });
  return compiled({ projects: comparisons.map(projectOf) });
}

function projectOf({ folder, base, head, diff }: Comparison) {
  const groups = GROUPS.map((group) => ({
    title: GROUP_TITLES[group],
    group,
    changes: diff.changes
      .filter((change) => change.group === group)
      .map((change) => ({
        words: change.words.map((word) =>
          typeof word === "string" ? { code: "", text: word } : { code: visible(word.code), text: "" },
        ),
        concerns: concerns(change),
      })),
  }));
  return {
    folder: folder === "" ? "." : visible(folder),
    summary: summaryLine(diff),
    problems: diff.problems.map(({ code, severity, message, help = "", file = "", line = "" }) => ({
      ...{ code, severity, message: visible(message), help: visible(help), file: visible(file), line },
    })),
    groups: groups.filter(({ changes }) => changes.length > 0),
    graphs: graphs(snapshotPipelines(base), snapshotPipelines(head)),
    objects: diff.objects.map(({ object, action, from = "", fields, folded }) => ({
      ...{ object: visible(object), action, from: visible(from), folded },
      fields: fields.map(({ path, before, after }) => ({
        ...{ path: visible(path), before: visible(inline(before)), after: visible(inline(after)) },
      })),
    })),
    texts: diff.texts.map(({ path, action, added, removed, patch }) => ({
      ...{ path: visible(path), action, added, removed, rows: sideBySide(patch) },
    })),
  };
}

/** Of pipelines whose graph or steps differ. */
function graphs(base: readonly PipelineSnapshot[], head: readonly PipelineSnapshot[]) {
  const names = [...new Set([...base, ...head].map(({ name }) => name))].sort();
  return names.flatMap((name) => {
    const [before, after] = [base, head].map((side) => side.find((one) => one.name === name));
    if (before?.irHash === after?.irHash && JSON.stringify(before?.images) === JSON.stringify(after?.images)) return [];
    return [
      {
        name: visible(name),
        sides: [
          ...(before ? [{ title: "before", ...graphOf(before, after, "base") }] : []),
          ...(after ? [{ title: "after", ...graphOf(after, before, "head") }] : []),
        ],
      },
    ];
  });
}

interface Row {
  readonly left: string;
  readonly right: string;
  readonly kind: "same" | "changed" | "hunk";
}

/** A unified diff in two columns: a run of removed lines beside the run of added lines that follows. */
export function sideBySide(patch: string): readonly Row[] {
  const rows: Row[] = [];
  let [removed, added]: [string[], string[]] = [[], []];
  const flush = () => {
    for (let i = 0; i < Math.max(removed.length, added.length); i++)
      rows.push({ left: removed[i] ?? "", right: added[i] ?? "", kind: "changed" });
    [removed, added] = [[], []];
  };
  for (const line of patch.split("\n").map(visible)) {
    if (line.startsWith("-")) removed.push(line.slice(1));
    else if (line.startsWith("+")) added.push(line.slice(1));
    else {
      flush();
      if (line.startsWith("@@") || !/^[ \\]/.test(line)) rows.push({ left: line, right: "", kind: "hunk" });
      else if (!line.startsWith("\\")) rows.push({ left: line.slice(1), right: line.slice(1), kind: "same" });
    }
  }
  flush();
  return rows;
}
