/** TypeScript's errors as ours: its text, its number, and better words where it only says that a name is missing. */
import { type Diagnostic, diagnostic, type Span } from "../diagnostics/diagnostic.ts";
import { absentGlobal, absentMember } from "./absent.ts";
import { PROJECT_ROOT } from "./program.ts";
import { SDK_ROOT } from "./sdk.ts";
import { type TS, ts } from "./typescript.ts";

/** "Cannot find name", in its many forms. */
const NO_NAME: ReadonlySet<number> = new Set([
  2304, 2552, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593, 2693, 2867, 2868, 18004,
]);
/** "Property does not exist on type", in its many forms. */
const NO_PROPERTY: ReadonlySet<number> = new Set([2339, 2550, 2551, 2568, 2570]);

/** `undefined` for an error in a file that is not the project's. */
export function fromTypeScript(problem: TS.Diagnostic): Diagnostic | undefined {
  const span = spanIn(problem);
  if (span === undefined) return undefined;
  const text = problem.file?.text.slice(span.start, span.end) ?? "";
  if (NO_NAME.has(problem.code)) {
    const absent = absentGlobal(text);
    if (absent !== undefined) return diagnostic("TR1012", { name: text, ...absent }, span);
  }
  if (NO_PROPERTY.has(problem.code)) {
    const type = /on type '(.*?)'/s.exec(ts.flattenDiagnosticMessageText(problem.messageText, "\n"))?.[1];
    const absent = type === undefined ? undefined : absentMember(text, type);
    if (absent !== undefined) return diagnostic("TR1013", { name: text, ...absent }, span);
  }
  const related = (problem.relatedInformation ?? []).flatMap((info) => {
    const at = spanIn(info);
    return at === undefined ? [] : [{ span: at, message: textOf(info.messageText) }];
  });
  return diagnostic("TR1001", { message: textOf(problem.messageText), number: problem.code }, span, related);
}

function spanIn(problem: TS.DiagnosticRelatedInformation): Span | undefined {
  const path = problem.file?.fileName;
  if (path === undefined || problem.start === undefined || !path.startsWith(PROJECT_ROOT)) return undefined;
  return { file: path.slice(PROJECT_ROOT.length), start: problem.start, end: problem.start + (problem.length ?? 0) };
}

/** Without the folders that only TypeScript sees, and without the full stop: the number follows. */
function textOf(message: string | TS.DiagnosticMessageChain): string {
  return ts
    .flattenDiagnosticMessageText(message, "\n")
    .replaceAll(`${SDK_ROOT}index`, "twinrail")
    .replaceAll(PROJECT_ROOT, "./")
    .replace(/\.$/, "");
}
