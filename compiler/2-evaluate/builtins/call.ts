/** Dispatch of library calls by name. */
import type { CallExpression } from "../../1-read/syntax.ts";
import { type Evaluation, report } from "../evaluation.ts";
import { filterRunTimeList, mapRunTimeList } from "../loops.ts";
import { callSdk } from "../sdk.ts";
import { type BuiltinValue, isObject, isStuck, STUCK, type Value } from "../values.ts";
import { arrayMethods } from "./array.ts";
import { callGlobal } from "./globals.ts";
import { callPromise } from "./promise.ts";
import { callNumberMethod, stringMethods } from "./string.ts";

export function callBuiltin(
  ev: Evaluation,
  callee: BuiltinValue,
  args: readonly Value[],
  node: CallExpression,
  _direct: boolean,
): Value {
  const [area, name = ""] = split(callee.name);
  const { self } = callee;
  switch (area) {
    case "sdk":
      return callSdk(ev, name, args, node);
    case "Promise":
      return callPromise(ev, name, args, node);
    case "array": {
      const method = arrayMethods.get(name);
      if (method === undefined || !isObject(self, "list")) break;
      return method(ev, self, args, node);
    }
    case "string": {
      const method = stringMethods.get(name);
      if (method === undefined || typeof self !== "string" || args.some(isStuck)) break;
      return method(ev, self, args, node);
    }
    case "number":
      return callNumberMethod(ev, name, self, args, node);
    case "runtime":
      if (!isObject(self, "symbolic")) break;
      return name === "map" ? mapRunTimeList(ev, self, args[0], node) : filterRunTimeList(ev, self, args[0], node);
    default:
      return callGlobal(ev, callee.name, args, node);
  }
  return args.some(isStuck) ? STUCK : report(ev, "TR2036", { what: `\`${callee.name}\`` }, node.span);
}

function split(name: string): [string, string | undefined] {
  const dot = name.indexOf(".");
  return dot < 0 ? [name, undefined] : [name.slice(0, dot), name.slice(dot + 1)];
}
