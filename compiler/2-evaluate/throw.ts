/** `throw`. */
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr, Ref } from "../ir/types.ts";
import { addNode } from "./builder.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { waitFor } from "./frontier.ts";
import { kebab } from "./names.ts";
import { narrowed, symbolic } from "./operators.ts";
import { toExpr } from "./to-expr.ts";
import { ERROR_TYPE, isOnly, ONLY_STRING, STRING } from "./types.ts";
import { describe, isObject, isStuck, type Value } from "./values.ts";

/** `throw new Error(text)`: a node that fails. While modules load it is an error of the source itself. */
export function throwAtRunTime(ev: Evaluation, value: Value, span: Span): void {
  if (isStuck(value)) return;
  const thread = ev.thread;
  const again = caught(value);
  const given: Value = isObject(value, "error")
    ? value.message
    : again && symbolic({ ...again, path: [...again.path, "message"], type: STRING }, STRING, [value]);
  if (!isObject(value, "error") && again === undefined) {
    report(ev, "TR2052", { what: describe(value) }, span);
    return;
  }
  if (thread === null) {
    report(ev, "TR2053", { message: typeof given === "string" ? given : describe(given) }, span);
    return;
  }
  const message = toExpr(ev, given, span);
  if (message === undefined) return;
  if (!isOnly(message.type, ONLY_STRING)) {
    report(ev, "TR2052", { what: "an error whose message is not a string" }, span);
    return;
  }
  const node = addNode(ev.builder, {
    kind: "fail",
    naming: { path: [...ev.naming], base: failName(message.expr), explicit: false },
    message: message.expr,
    ...(again === undefined ? {} : { rethrows: again }),
    block: thread.block,
    after: new Set(thread.frontier),
    origin: originOf(ev, span),
  });
  waitFor(thread, new Set([node]));
  thread.dead = true;
}

/** An error that a handler has caught, perhaps by way of a variable: it is the only thing of just this type. */
function caught(value: Value): Ref | undefined {
  if (!isObject(value, "symbolic")) return undefined;
  const { expr, type } = narrowed(value);
  return expr.kind === "ref" && type === ERROR_TYPE ? expr : undefined;
}

/** `fail-` and the first words of what the message says whatever happens. */
function failName(message: Expr): string {
  const parts = message.kind === "call" && message.op === "template" ? message.args : [message];
  const words = kebab(parts.map((part) => (part.kind === "literal" ? String(part.value) : " ")).join(""))
    .split("-")
    .filter((word) => word !== "")
    .slice(0, 4)
    .join("-");
  return words === "" ? "fail" : `fail-${words}`.slice(0, 60);
}
