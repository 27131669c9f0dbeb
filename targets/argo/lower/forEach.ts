import { invariant } from "../../../compiler/invariant.ts";
import type { ForEach } from "../../../compiler/ir/types.ts";
import type { Context } from "../context.ts";
import { tag } from "../express.ts";
import { indexName, valueName } from "../names.ts";
import type { Template } from "../objects.ts";
import { lowerArm } from "./arm.ts";
import { lowerBlock } from "./block.ts";
import { type Lowered, needsOf } from "./call.ts";

/**
 * A DAG task with `withSequence`: bodies get an index and pick their item themselves, results are gathered from the store. So there is no list in the
 * status, and neither a failed item nor an empty list shifts anything.
 */
export function lowerForEach(loop: ForEach, cx: Context): Lowered {
  invariant(!loop.settle, `${loop.id} settles: by now each of its items does (legalise.ts)`);
  const length = cx.plan.lengths.get(loop.id);
  const count = length?.render ?? (() => "0");
  const reads = needsOf(length?.values ?? [], length?.loops ?? []);
  const sequential = loop.mode === "sequential";
  if (!sequential && loop.concurrency === undefined) {
    return { callable: lowerArm(loop.body, `${loop.id}-item`, [], cx), count, loop: loop.id, reads, maySkip: true };
  }
  // `parallelism` is a property of the template that holds the loop. With `failFast` it stops at the first child that failed, and a failed attempt of a
  // pod is such a child: so the bodies of a sequential loop are DAGs, which fail when there are no attempts left. In a DAG template `failFast` leaves the
  // loop's group running for ever (4.0.5); in a steps template it does not.
  let template: Template | undefined;
  cx.add(() => {
    invariant(template, `template ${loop.id} was not made`);
    return template;
  }, loop.origin);
  const body = sequential
    ? lowerBlock(loop.body, cx.names.helper(`${loop.id}-item`), [], cx)
    : lowerArm(loop.body, `${loop.id}-item`, [], cx);
  const needs = new Map(reads);
  const index = indexName(loop.id);
  for (const [key, need] of body.needs) if (key !== index) needs.set(key, need);
  const keys = [...body.needs.keys()].sort();
  const text = count((value) => `inputs.parameters['${valueName(value)}']`);
  template = {
    name: loop.id,
    ...(needs.size === 0 ? {} : { inputs: { parameters: [...needs.keys()].sort().map((name) => ({ name })) } }),
    parallelism: sequential ? 1 : (loop.concurrency ?? 1),
    ...(sequential ? { failFast: true } : {}),
    steps: [
      [
        {
          name: "item",
          template: body.template,
          withSequence: { count: /^\d+$/.test(text) ? text : tag(text) },
          ...(keys.length === 0
            ? {}
            : {
                arguments: {
                  parameters: keys.map((key) => ({
                    name: key,
                    value: key === index ? "{{item}}" : `{{inputs.parameters.${key}}}`,
                  })),
                },
              }),
        },
      ],
    ],
  };
  return { callable: { template: loop.id, needs, outputName: valueName }, reads: new Map(), maySkip: false };
}
