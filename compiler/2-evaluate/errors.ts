/** `throw` and `try`. */
import type { Statement } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import type { Expr } from "../ir/types.ts";
import { bind } from "./assign.ts";
import { addNode, newSources } from "./builder.ts";
import { type Evaluation, inBlock, originOf, report } from "./evaluation.ts";
import { waitFor } from "./frontier.ts";
import { mayJump } from "./jumps.ts";
import { kebab } from "./names.ts";
import { childScope, type Scope } from "./scope.ts";
import { type Completion, NORMAL, run } from "./statements.ts";
import { toExpr } from "./to-expr.ts";
import { ERROR_TYPE, isOnly, ONLY_STRING, STRING } from "./types.ts";
import { describe, isObject, isStuck, type Value } from "./values.ts";

/** `throw new Error(text)`: a node that fails. While modules load it is an error of the source itself. */
export function throwAtRunTime(ev: Evaluation, value: Value, span: Span): void {
  if (isStuck(value)) return;
  const thread = ev.thread;
  // Rethrowing what a handler caught.
  const rethrown =
    isObject(value, "symbolic") &&
    value.expr.kind === "ref" &&
    value.expr.source.from === "error" &&
    value.expr.path.length === 0;
  const given: Value = isObject(value, "error")
    ? value.message
    : rethrown && isObject(value, "symbolic") && value.expr.kind === "ref"
      ? { ...value, expr: { ...value.expr, path: ["message"], type: STRING }, type: STRING }
      : value;
  if (!isObject(value, "error") && !rethrown) {
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
    ...(rethrown && isObject(value, "symbolic") && value.expr.kind === "ref" ? { rethrows: value.expr } : {}),
    block: thread.block,
    after: new Set(thread.frontier),
    origin: originOf(ev, span),
  });
  waitFor(thread, new Set([node]));
  thread.dead = true;
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

export function tryStatement(ev: Evaluation, statement: Extract<Statement, { kind: "Try" }>, scope: Scope): Completion {
  const outer = ev.thread;
  if (outer === null || mayJump(statement)) {
    report(ev, outer === null ? "TR2021" : "TR2054", {}, statement.span);
    return NORMAL;
  }
  const sources = newSources();
  const inner = (body: Statement): ReturnType<typeof inBlock<void>> =>
    inBlock(ev, "refuse", () => void run(ev, [{ statement: body, scope: childScope(scope) }], "nothing"));
  const body = inner(statement.body);
  const { handler } = statement;
  const caught =
    handler === undefined
      ? undefined
      : inBlock(ev, "refuse", () => {
          const within = childScope(scope);
          if (handler.param !== undefined) {
            const because = { span: handler.param.span, what: "it says what failed" };
            bind(
              ev,
              handler.param,
              {
                kind: "symbolic",
                expr: { kind: "ref", source: sources.error, path: [], type: ERROR_TYPE },
                type: ERROR_TYPE,
                because,
              },
              within,
              false,
            );
          }
          run(ev, [{ statement: handler.body, scope: within }], "nothing");
        });
  if (body.block.nodes.length === 0) {
    // Nothing can fail, so nothing is caught; what is done in the end is done next.
    if (statement.finally === undefined) return NORMAL;
    return run(ev, [{ statement: statement.finally, scope: childScope(scope) }], "nothing");
  }
  const last = statement.finally === undefined ? undefined : inner(statement.finally);
  const node = addNode(
    ev.builder,
    {
      kind: "try",
      body: body.block,
      ...(caught === undefined ? {} : { handler: caught.block }),
      ...(last === undefined ? {} : { finally: last.block }),
      type: { kind: "absent" },
      block: outer.block,
      after: new Set(outer.frontier),
      origin: originOf(ev, statement.span),
    },
    sources,
  );
  waitFor(outer, new Set([node]));
  outer.dead ||= last?.thread.dead === true || (body.thread.dead && caught?.thread.dead !== false);
  return NORMAL;
}
