/** Linking: each module is run once, in dependency order; its values are frozen after that. */
import type { Module, Program, SourceModule } from "../1-read/syntax.ts";
import type { Span } from "../diagnostics/diagnostic.ts";
import { invariant } from "../invariant.ts";
import type { Json } from "../ir/types.ts";
import { declare } from "./assign.ts";
import { type Evaluation, report } from "./evaluation.ts";
import { evaluate } from "./expressions.ts";
import { childScope, lookup, type Scope } from "./scope.ts";
import { sdkExport } from "./sdk.ts";
import { runStatements } from "./statements.ts";
import type { Value } from "./values.ts";

export type Exports = ReadonlyMap<string, Value>;

export function runModules(ev: Evaluation, program: Program): Map<string, Exports> {
  const done = new Map<string, Exports>();
  for (const module of program.modules) done.set(module.file, runModule(ev, module, done));
  return done;
}

function runModule(ev: Evaluation, module: Module, done: ReadonlyMap<string, Exports>): Exports {
  if (module.kind === "json") return new Map([["default", fromJson(module.value)]]);
  const scope = childScope(undefined);
  for (const { from, names } of module.imports) {
    for (const { imported, local, span } of names)
      declare(ev, local, importValue(ev, from, imported, done, span), scope, false, span);
  }
  runStatements(ev, module.body, scope);
  return exportsOf(ev, module, scope, done);
}

function importValue(
  ev: Evaluation,
  from: string,
  name: string,
  done: ReadonlyMap<string, Exports>,
  span: Span,
): Value {
  if (from === "twinrail") {
    if (name === "*") return report(ev, "TR2062", {}, span);
    return sdkExport(name) ?? report(ev, "TR2016", { name }, span);
  }
  const exports = done.get(from);
  invariant(exports !== undefined, `${from} is read before ${span.file}, which imports it`);
  if (name === "*") return { kind: "record", fields: new Map(exports), owner: null };
  return exports.get(name);
}

function exportsOf(ev: Evaluation, module: SourceModule, scope: Scope, done: ReadonlyMap<string, Exports>): Exports {
  const exports = new Map<string, Value>();
  for (const item of module.exports) {
    switch (item.kind) {
      case "local":
        exports.set(item.exported, lookup(scope, item.local)?.value);
        break;
      case "default":
        exports.set("default", evaluate(ev, item.value, scope));
        break;
      case "from":
        exports.set(item.exported, importValue(ev, item.from, item.imported, done, item.span));
        break;
      case "all":
        for (const [name, value] of done.get(item.from) ?? [])
          if (name !== "default" && !exports.has(name)) exports.set(name, value);
        break;
    }
  }
  return exports;
}

function fromJson(value: Json): Value {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return { kind: "list", items: value.map(fromJson), owner: null };
  const fields = Object.entries(value).map(([key, item]): [string, Value] => {
    invariant(item !== undefined, "JSON has no undefined");
    return [key, fromJson(item)];
  });
  return { kind: "record", fields: new Map(fields), owner: null };
}
