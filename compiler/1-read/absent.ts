/** Names of JavaScript that the dialect's library leaves out on purpose, and what to do instead. */

export interface Absent {
  readonly why: string;
  readonly instead: string;
}

const clock: Absent = {
  why: "a pipeline must compile to the same tomorrow",
  instead: "Use `run.logicalDate` or `run.day`, or read the clock in a step.",
};
const timer: Absent = {
  why: "a pipeline does not wait by itself",
  instead: "Wait in a step, or set `backoff` and `timeout` on it.",
};
const random: Absent = {
  why: "a pipeline must compile to the same each time",
  instead: "Use `run.id` for something unique, or draw numbers in a step.",
};
const environment: Absent = {
  why: "a pipeline means the same on every machine",
  instead: "Give it as a parameter, import it from a JSON file, or set `env` on the step.",
};
const network: Absent = { why: "compiling reaches no network", instead: "Do it in a step." };
const files: Absent = {
  why: "compiling reads no files",
  instead: 'Import JSON with `import data from "./data.json" with { type: "json" }`, or read it in a step.',
};
const json: Absent = {
  why: "text that is known now can be written as a value",
  instead: 'Import a JSON file: `import data from "./data.json" with { type: "json" }`.',
};
const printing: Absent = {
  why: "a pipeline is compiled, not run, so nobody would see it",
  instead: "Print in a step, or look at `twinrail compile --emit ir`.",
};
const code: Absent = { why: "no text is ever run as code", instead: "Write a function." };
const collection: Absent = {
  why: "a pipeline's values are JSON values",
  instead: "Use an array or an object: `{ [key]: value }`, `Object.entries`.",
};
const reflection: Absent = { why: "a pipeline's values are JSON values", instead: "Use plain objects and functions." };
const locale: Absent = {
  why: "the result depends on the machine's language",
  instead: "Do it in a step, where the locale is yours to choose.",
};
const pattern: Absent = {
  why: "there are no regular expressions",
  instead: "Use `includes`, `startsWith`, `split` or `replaceAll` with a string, or match in a step.",
};
const lastBit: Absent = { why: "its last digits differ between machines", instead: "Compute it in a step." };
const race: Absent = {
  why: "no engine can stop waiting for a task that another outran",
  instead: "Use `Promise.all`, or `Promise.allSettled` to go on after failures.",
};

// biome-ignore format: one line a reason
const globals: ReadonlyMap<string, Absent> = new Map(
  Object.entries({
    Date: clock, Temporal: clock, performance: clock,
    setTimeout: timer, setInterval: timer, setImmediate: timer, queueMicrotask: timer,
    crypto: random,
    process: environment, Deno: environment, Bun: environment, window: environment, navigator: environment,
    fetch: network, XMLHttpRequest: network, WebSocket: network, URL: network,
    Buffer: files, __dirname: files, __filename: files,
    console: printing,
    eval: code, Function: code, require: code, WebAssembly: code,
    Map: collection, Set: collection, WeakMap: collection, WeakSet: collection, WeakRef: collection, BigInt: collection,
    ArrayBuffer: collection, Uint8Array: collection, Float64Array: collection,
    Proxy: reflection, Reflect: reflection, structuredClone: reflection,
    Intl: locale, RegExp: pattern,
  }),
);

/** By the type that the member is looked for on: a misspelt field of the user's own is another matter. */
const members: readonly (readonly [owner: RegExp, members: Readonly<Record<string, Absent>>])[] = [
  [
    /^(string|".*"|`.*`)$/,
    {
      toLocaleLowerCase: locale,
      toLocaleUpperCase: locale,
      localeCompare: locale,
      normalize: locale,
      match: pattern,
      matchAll: pattern,
      search: pattern,
    },
  ],
  [/^(number|[\d.-]+|.*\[\])$/, { toLocaleString: locale }],
  [/^PromiseConstructor$/, { race, any: race }],
  [/^JSON$/, { parse: json }],
  [
    /^Math$/,
    {
      random,
      sin: lastBit,
      cos: lastBit,
      tan: lastBit,
      atan2: lastBit,
      exp: lastBit,
      log: lastBit,
      log2: lastBit,
      log10: lastBit,
      pow: lastBit,
      hypot: lastBit,
      cbrt: lastBit,
    },
  ],
];

/** `type` as TypeScript prints it. */
export function absentMember(name: string, type: string): Absent | undefined {
  const lists = members.filter(([owner, list]) => owner.test(type) && Object.hasOwn(list, name));
  return lists[0]?.[1][name];
}

export function absentGlobal(name: string): Absent | undefined {
  return globals.get(name);
}
