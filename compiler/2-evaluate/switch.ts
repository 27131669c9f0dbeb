/** `switch`: at run time a chain of `if`s, or, where cases fall through, one `if` after the other. */
import type { Expression, Statement, SwitchCase } from "../1-read/syntax.ts";
import { declare } from "./assign.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { before, type Item, inScope, marked, newMark, type Rest } from "./flow.ts";
import { alwaysJumps, upToBreak } from "./jumps.ts";
import { anyOf, binary, not } from "./operators.ts";
import { childScope, type Scope } from "./scope.ts";
import { enter } from "./statements.ts";
import { isObject, isPrimitive, isStuck, type Value } from "./values.ts";

type Switch = Extract<Statement, { kind: "Switch" }>;

export function switchStatement(ev: Evaluation, statement: Switch, scope: Scope, next: Rest): Rest {
  const subject = evaluate(ev, statement.subject, scope);
  if (isStuck(subject)) return next;
  const end = marked(newMark(ev, "switch"), next);
  if (!isObject(subject, "symbolic")) return known(ev, statement, subject, childScope(scope), end);
  if (statement.cases.some((arm, index) => fallsThrough(arm) && index < statement.cases.length - 1))
    return oneAfterTheOther(ev, statement, subject, childScope(scope), end);
  // The subject is evaluated once; no name of a user's has a space.
  const held = childScope(scope);
  declare(ev, "the subject", subject, held, false, statement.subject.span);
  const name: Expression = { kind: "Identifier", name: "the subject", span: statement.subject.span };
  return before(inScope(asIfs({ ...statement, subject: name }), held), end);
}

/** A case with a body that does not end by itself. */
function fallsThrough({ body }: SwitchCase): boolean {
  return body.length > 0 && !upToBreak(body).breaks && !body.some(alwaysJumps);
}

/** The statements from the chosen case on; a `break` among them ends them. */
function known(ev: Evaluation, { cases }: Switch, subject: Value, scope: Scope, end: Rest): Rest {
  let start = cases.findIndex(
    ({ test, span }) => test !== undefined && binary(ev, "===", subject, evaluate(ev, test, scope), span) === true,
  );
  if (start < 0) start = cases.findIndex((arm) => arm.test === undefined);
  if (start < 0) return end;
  return enter(
    ev,
    cases.slice(start).flatMap((arm) => arm.body),
    scope,
    end,
  );
}

function asIfs({ subject, cases, span }: Switch): Statement {
  const groups: { tests: SwitchCase[]; body: readonly Statement[]; span: SwitchCase["span"] }[] = [];
  let waiting: SwitchCase[] = [];
  for (const [index, arm] of cases.entries()) {
    waiting.push(arm);
    if (arm.body.length === 0 && index < cases.length - 1) continue;
    groups.push({ tests: waiting, body: upToBreak(arm.body).body, span: arm.span });
    waiting = [];
  }
  const fallback = groups.find((group) => group.tests.some((test) => test.test === undefined));
  let chain: Statement = { kind: "Block", body: fallback?.body ?? [], span };
  for (const group of groups.toReversed()) {
    if (group === fallback) continue;
    const tests = group.tests.flatMap((arm) => (arm.test === undefined ? [] : [arm.test]));
    const [first, ...others] = tests.map(
      (test) => ({ kind: "Binary", operator: "===", left: subject, right: test, span: test.span }) as const,
    );
    if (first === undefined) continue;
    const test = others.reduce<Extract<Statement, { kind: "If" }>["test"]>(
      (left, right) => ({ kind: "Logical", operator: "||", left, right, span: right.span }),
      first,
    );
    chain = {
      kind: "If",
      test,
      then: { kind: "Block", body: group.body, span: group.span },
      else: chain,
      span: group.span,
    };
  }
  return chain;
}

/** Each body runs if its own case was chosen, or one that falls into it. Constants that differ exclude each other. */
function oneAfterTheOther(ev: Evaluation, { cases, span }: Switch, subject: Value, scope: Scope, end: Rest): Rest {
  const seen = new Set<Value>();
  const matches: Value[] = [];
  for (const { test } of cases) {
    const value = test === undefined ? undefined : evaluate(ev, test, scope);
    if (isStuck(value)) return end;
    if (test !== undefined && !isPrimitive(value)) {
      report(ev, "TR2039", {}, test.span);
      return end;
    }
    // Of two equal cases the second is never chosen.
    matches.push(test !== undefined && !seen.has(value) && binary(ev, "===", subject, value, test.span));
    if (test !== undefined) seen.add(value);
  }
  const none = not(ev, anyOf(ev, matches, span), span);
  const items: Item[] = [];
  let chosen: Value[] = [];
  // A name that another case declares is known, but has no value.
  enter(
    ev,
    cases.flatMap((arm) => arm.body),
    scope,
    undefined,
  );
  for (const [index, arm] of cases.entries()) {
    chosen.push(arm.test === undefined ? none : matches[index]);
    if (arm.body.length === 0) continue;
    const body: Statement = { kind: "Block", body: upToBreak(arm.body).body, span: arm.span };
    const test = chosen.length === cases.length || anyOf(ev, chosen, arm.span);
    items.push({ kind: "guard", test, then: inScope(body, scope), span: arm.span });
    if (!fallsThrough(arm)) chosen = [];
  }
  return items.reduceRight<Rest>((rest, item) => before(item, rest), end);
}
