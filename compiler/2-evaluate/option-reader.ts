/** Options as the user wrote them, one level of an object at a time. TypeScript has checked shapes; what it cannot see is checked here. */
import type { Origin, Span } from "../diagnostics/diagnostic.ts";
import { type Evaluation, originOf, report } from "./evaluation.ts";
import { define, needKnown } from "./to-expr.ts";
import { type FunctionValue, isObject, isStuck, type RecordValue, type Value } from "./values.ts";

/** Reads one level of an options object; every problem is reported where the value stands. */
export class OptionReader {
  readonly origins: Record<string, Origin> = {};
  failed = false;
  readonly #ev: Evaluation;
  readonly #record: RecordValue;
  readonly #span: Span;
  readonly #prefix: string;

  constructor(ev: Evaluation, record: RecordValue, span: Span, prefix = "") {
    this.#ev = ev;
    this.#record = record;
    this.#span = span;
    this.#prefix = prefix;
    for (const key of record.fields.keys()) this.origins[prefix + key] = originOf(ev, this.at(key));
  }

  at(key: string): Span {
    return this.#record.spans?.get(key) ?? this.#span;
  }

  keys(): string[] {
    return [...this.#record.fields.keys()].filter((key) => this.#record.fields.get(key) !== undefined);
  }

  value(key: string): Value {
    const value = this.#record.fields.get(key);
    if (isStuck(value)) this.failed = true;
    if (!isObject(value, "symbolic")) return isStuck(value) ? undefined : value;
    needKnown(this.#ev, value, `\`${this.#prefix}${key}\``, this.at(key));
    this.failed = true;
    return undefined;
  }

  wrong(key: string, wanted: string): undefined {
    report(this.#ev, "TR2057", { option: this.#prefix + key, wanted }, this.at(key));
    this.failed = true;
    return undefined;
  }

  string(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined) return value;
    if (typeof value !== "string") return this.wrong(key, "a string");
    return value.isWellFormed() ? value : this.wrong(key, "Unicode text, without lone surrogates");
  }

  boolean(key: string): boolean | undefined {
    const value = this.value(key);
    if (value === undefined || typeof value === "boolean") return value;
    return this.wrong(key, "true or false");
  }

  number(key: string, least: number): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (typeof value === "number" && Number.isInteger(value) && value >= least) return value;
    return this.wrong(key, `a whole number, at least ${least}`);
  }

  /** A duration (`90s`, `5m`, `24h`, `7d`) in whole seconds. */
  duration(key: string): number | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const found = typeof value === "string" ? /^(\d+(?:\.\d+)?)(s|m|h|d)$/.exec(value) : null;
    const seconds = found === null ? 0 : Math.round(Number(found[1]) * (UNITS[found[2] ?? "s"] ?? 1) * 1e6) / 1e6;
    return seconds > 0 && Number.isSafeInteger(seconds)
      ? seconds
      : this.wrong(key, 'a duration in whole seconds such as "90s", "5m", "1.5h" or "7d"');
  }

  /** A Kubernetes quantity; a number is written as it is. */
  quantity(key: string): string | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    const text = typeof value === "number" ? String(value) : value;
    if (
      typeof text === "string" &&
      /^(?:\d+(?:\.\d+)?|\.\d+)(?:m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/.test(text) &&
      !/^0+(?:\.0+)?\D*$/.test(text)
    )
      return text;
    return this.wrong(key, 'a Kubernetes quantity such as 4, "500m" or "256Gi"');
  }

  record(key: string): OptionReader | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    if (!isObject(value, "record")) return this.wrong(key, "an object");
    return new OptionReader(this.#ev, value, this.at(key), `${this.#prefix}${key}.`);
  }

  list(key: string): readonly Value[] | undefined {
    const value = this.value(key);
    if (value === undefined) return undefined;
    return isObject(value, "list") ? value.items : this.wrong(key, "a list");
  }

  function(key: string): FunctionValue | undefined {
    const value = this.value(key);
    if (value === undefined || isObject(value, "function")) return value;
    return this.wrong(key, "a function that is written out");
  }

  strings(key: string): Record<string, string> | undefined {
    const inner = this.record(key);
    if (inner === undefined) return undefined;
    const found: Record<string, string> = {};
    for (const name of inner.keys()) {
      const value = inner.string(name);
      if (value !== undefined) define(found, name, value);
    }
    return this.take(inner, found);
  }

  /** Adopts what a nested reader met. */
  take<T>(inner: OptionReader, value: T): T {
    Object.assign(this.origins, inner.origins);
    if (inner.failed) this.failed = true;
    return value;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };
