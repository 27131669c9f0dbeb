/** What `return`, `break` and `continue` in a statement may do to what is around it. Looks at syntax alone. */
import type { Statement } from "../1-read/syntax.ts";

/** A case up to the `break` that ends it, also inside the block that is its last statement. */
export function upToBreak(body: readonly Statement[]): {
  readonly body: readonly Statement[];
  readonly breaks: boolean;
} {
  const end = body.findIndex((inside) => inside.kind === "Break");
  if (end >= 0) return { body: body.slice(0, end), breaks: true };
  const last = body.at(-1);
  if (last?.kind !== "Block") return { body, breaks: false };
  const inner = upToBreak(last.body);
  return { body: [...body.slice(0, -1), { ...last, body: inner.body }], breaks: inner.breaks };
}

/** Whether a `return`, `break` or `continue` inside may end the surrounding list of statements. */
export function mayJump(statement: Statement): boolean {
  switch (statement.kind) {
    case "Return":
    case "Break":
    case "Continue":
      return true;
    case "Block":
      return statement.body.some(mayJump);
    case "If":
      return mayJump(statement.then) || (statement.else !== undefined && mayJump(statement.else));
    case "Switch":
      return statement.cases.some((arm) => upToBreak(arm.body).body.some(mayJump));
    case "ForOf":
    case "For":
    case "While":
      return mayReturn(statement.body);
    case "Try":
      return (
        mayJump(statement.body) ||
        (statement.handler !== undefined && mayJump(statement.handler.body)) ||
        (statement.finally !== undefined && mayJump(statement.finally))
      );
    default:
      return false;
  }
}

/** Whether a `break` inside belongs to what is around the statement. */
export function mayBreak(statement: Statement): boolean {
  switch (statement.kind) {
    case "Break":
      return true;
    case "Block":
      return statement.body.some(mayBreak);
    case "If":
      return mayBreak(statement.then) || (statement.else !== undefined && mayBreak(statement.else));
    default:
      return false;
  }
}

function mayReturn(statement: Statement): boolean {
  switch (statement.kind) {
    case "Return":
      return true;
    case "Block":
      return statement.body.some(mayReturn);
    case "If":
      return mayReturn(statement.then) || (statement.else !== undefined && mayReturn(statement.else));
    case "ForOf":
    case "For":
    case "While":
      return mayReturn(statement.body);
    case "Switch":
      return statement.cases.some((arm) => arm.body.some(mayReturn));
    default:
      return false;
  }
}

/** Whether the statement surely ends the list that it stands in. */
export function alwaysJumps(statement: Statement): boolean {
  switch (statement.kind) {
    case "Return":
    case "Break":
    case "Continue":
    case "Throw":
      return true;
    case "Block":
      return statement.body.some(alwaysJumps);
    case "If":
      return statement.else !== undefined && alwaysJumps(statement.then) && alwaysJumps(statement.else);
    case "Switch":
      return (
        statement.cases.some((arm) => arm.test === undefined) &&
        statement.cases.every(
          (arm, index) =>
            upToBreak(arm.body).body.some(alwaysJumps) || (arm.body.length === 0 && index < statement.cases.length - 1),
        )
      );
    default:
      return false;
  }
}
