/** Methods of known strings and numbers: no locale, no regular expression. */
import type { CallExpression } from "../../1-read/syntax.ts";
import { type Evaluation, LIMITS, report } from "../evaluation.ts";
import { reason } from "../operators.ts";
import { describe, isObject, isPrimitive, STUCK, type Value } from "../values.ts";

type Method = (ev: Evaluation, text: string, args: readonly Value[], node: CallExpression) => Value;

function plain(apply: (text: string, ...args: never[]) => Value): Method {
  return (ev, text, args, node) => {
    const wrong = args.find((arg) => !isPrimitive(arg));
    if (wrong !== undefined)
      return report(
        ev,
        "TR2013",
        {
          what: "an argument of a string's method",
          why: isObject(wrong, "symbolic") ? "" : ` (it is ${describe(wrong)})`,
        },
        node.span,
        reason(wrong),
      );
    for (const arg of args)
      if (typeof arg === "string" && text.length + arg.length > LIMITS.stringLength)
        return report(ev, "TR2001", { what: "a string of 1 MiB" }, node.span);
    const result = apply(text, ...(args as never[]));
    if (typeof result === "string" && result.length > LIMITS.stringLength)
      return report(ev, "TR2001", { what: "a string of 1 MiB" }, node.span);
    return result;
  };
}

export const stringMethods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ["at", plain((text, index: number) => text.at(index))],
  ["charAt", plain((text, index: number) => text.charAt(index))],
  ["charCodeAt", plain((text, index: number) => text.charCodeAt(index))],
  ["codePointAt", plain((text, index: number) => text.codePointAt(index))],
  ["concat", plain((text, ...more: string[]) => text.concat(...more))],
  ["endsWith", plain((text, part: string, end?: number) => text.endsWith(part, end))],
  ["includes", plain((text, part: string, start?: number) => text.includes(part, start))],
  ["indexOf", plain((text, part: string, start?: number) => text.indexOf(part, start))],
  ["lastIndexOf", plain((text, part: string, start?: number) => text.lastIndexOf(part, start))],
  ["padEnd", bounded((text, length: number, fill?: string) => text.padEnd(length, fill))],
  ["padStart", bounded((text, length: number, fill?: string) => text.padStart(length, fill))],
  ["repeat", bounded((text, count: number) => text.repeat(count), true)],
  ["replace", replacing(1)],
  ["replaceAll", replacing(Number.POSITIVE_INFINITY)],
  ["slice", plain((text, start: number, end?: number) => text.slice(start, end))],
  [
    "split",
    (ev, text, args, node) => {
      const [separator, limit = LIMITS.listLength + 1] = args;
      if (typeof separator !== "string" || typeof limit !== "number")
        return report(ev, "TR2013", { what: "what `split` takes", why: "" }, node.span);
      const items = text.split(separator, limit);
      if (items.length > LIMITS.listLength)
        return report(ev, "TR2001", { what: `${LIMITS.listLength} items in a list` }, node.span);
      return { kind: "list", items, owner: ev.thread };
    },
  ],
  ["startsWith", plain((text, part: string, start?: number) => text.startsWith(part, start))],
  ["substring", plain((text, start: number, end?: number) => text.substring(start, end))],
  ["toLowerCase", plain((text) => text.toLowerCase())],
  ["toUpperCase", plain((text) => text.toUpperCase())],
  ["toString", plain((text) => text)],
  ["trim", plain((text) => text.trim())],
  ["trimEnd", plain((text) => text.trimEnd())],
  ["trimStart", plain((text) => text.trimStart())],
]);

/** `replace` and `replaceAll`. `$&` and its like in the replacement mean what they mean in JavaScript; each stands for at most the whole text. */
function replacing(most: number): Method {
  return (ev, text, args, node) => {
    const [from, to] = args;
    if (typeof from !== "string" || typeof to !== "string")
      return report(ev, "TR2013", { what: "what is replaced, and by what,", why: "" }, node.span, reason(from ?? to));
    const times = Math.min(most, from === "" ? text.length + 1 : text.split(from).length - 1);
    const each = to.length + (to.split("$").length - 1) * text.length;
    if (text.length + times * each > LIMITS.stringLength)
      return report(ev, "TR2001", { what: "a string of 1 MiB" }, node.span);
    return most === 1 ? text.replace(from, to) : text.replaceAll(from, to);
  };
}

/** Methods whose result can be large: the size is looked at before the string is made. */
function bounded(apply: (text: string, count: number, fill?: string) => string, times = false): Method {
  return (ev, text, args, node) => {
    const [count, fill] = args;
    if (typeof count !== "number" || (fill !== undefined && typeof fill !== "string"))
      return report(ev, "TR2013", { what: "a length", why: "" }, node.span);
    const size = times ? text.length * count : count;
    if (!(size >= 0 && size <= LIMITS.stringLength))
      return report(ev, "TR2001", { what: "a string of 1 MiB" }, node.span);
    return apply(text, count, fill);
  };
}

export function callNumberMethod(
  ev: Evaluation,
  name: string,
  self: Value,
  args: readonly Value[],
  node: CallExpression,
): Value {
  if (name === "toFixed" && typeof self === "number") {
    const digits = args[0] ?? 0;
    if (typeof digits === "number" && Number.isInteger(digits) && digits >= 0 && digits <= 100)
      return self.toFixed(digits);
  }
  if (name === "toString" && isPrimitive(self)) {
    const [radix] = args;
    if (radix === undefined || typeof self !== "number") return String(self);
    if (typeof radix === "number" && Number.isInteger(radix) && radix >= 2 && radix <= 36) return self.toString(radix);
  }
  report(ev, "TR2036", { what: `\`${name}\` with these arguments` }, node.span);
  return STUCK;
}
