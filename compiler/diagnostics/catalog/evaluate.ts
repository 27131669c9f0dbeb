/** TR2xxx: evaluating. See ../catalog.ts for the shape of an entry. */
export const evaluate = {
  TR2001: {
    severity: "error",
    title: "too large to compile",
    message: (p: { what: string }): string => `this goes beyond ${p.what}`,
    help: (_: { what: string }): string =>
      "compiling is bounded so that a stranger's pull request cannot stall it; loop at run time with `each(items, ...)`, or split the pipeline",
  },
  TR2010: {
    severity: "error",
    title: "promise never awaited",
    message: (): string => "this call is started, but its block ends without waiting for it",
    help: (): string =>
      "write `await` before it, or collect it in `Promise.all`; a block ends when everything that it started has ended",
  },
  TR2011: {
    severity: "error",
    title: "not a value of a run",
    message: (p: { what: string; why: string }): string => `${p.what} cannot be a value of a run: ${p.why}`,
  },
  TR2012: {
    severity: "error",
    title: "a promise where its value is needed",
    message: (p: { what: string }): string => `this is ${p.what}, not its value`,
    help: (_: { what: string }): string => "`await` it first (a list of promises: `await Promise.all(...)`)",
  },
  TR2013: {
    severity: "error",
    title: "must be known while compiling",
    message: (p: { what: string; why: string }): string =>
      `${p.what} must be known while compiling, but it is a run-time value${p.why}`,
    help: (_: { what: string; why: string }): string => "write a constant here",
  },
  TR2014: {
    severity: "error",
    title: "outer promise awaited in an inner block",
    message: (): string => "a promise that was started outside this run-time block is awaited inside it",
    help: (): string =>
      "await it before the `if` or the loop: on an engine an inner block cannot wait for something that runs beside it",
  },
  TR2015: {
    severity: "error",
    title: "used before its declaration",
    message: (p: { name: string }): string => `\`${p.name}\` is used before it has a value`,
  },
  TR2016: {
    severity: "error",
    title: "unknown name",
    message: (p: { name: string }): string => `the dialect has no \`${p.name}\``,
  },
  TR2017: {
    severity: "error",
    title: "wrong kind of value",
    message: (p: { what: string; where: string }): string => `${p.what} cannot stand in ${p.where}`,
  },
  TR2018: {
    severity: "error",
    title: "key is not a name",
    message: (p: { what: string }): string => `a property's name must be a known string or number, not ${p.what}`,
  },
  TR2019: {
    severity: "error",
    title: "spread of optional fields",
    message: (p: { field: string }): string => `the output that is spread here may lack \`${p.field}\``,
    help: (_: { field: string }): string => "name the fields that you need: `{ a: out.a }`",
  },
  TR2020: {
    severity: "error",
    title: "list of promises awaited",
    message: (): string => "`await` of a list of promises waits for nothing",
    help: (): string => "write `await Promise.all(items.map(async (item) => ...))`",
  },
  TR2021: {
    severity: "error",
    title: "a step outside a pipeline",
    message: (): string => "this can only run inside a pipeline's body, not while modules load",
  },
  TR2022: {
    severity: "error",
    title: "truthiness at run time",
    message: (p: { type: string; fix: string }): string =>
      `a condition at run time must be boolean, but this is ${p.type}: what counts as true differs between JavaScript, Python and Argo`,
    help: (p: { type: string; fix: string }): string => p.fix,
  },
  TR2023: {
    severity: "error",
    title: "not computed between steps",
    message: (p: { what: string }): string => `${p.what} is not computed between steps`,
    help: (_: { what: string }): string => "do it in a step: a Python function with this value as input",
  },
  TR2024: {
    severity: "error",
    title: "operator on the wrong kind of value",
    message: (p: { operator: string; what: string }): string => `\`${p.operator}\` does not work on ${p.what}`,
  },
  TR2025: {
    severity: "error",
    title: "equality of records and lists",
    message: (p: { type: string }): string =>
      `\`===\` between run-time values compares null, booleans, numbers and strings, not ${p.type}: JavaScript would compare identity`,
    help: (_: { type: string }): string => "compare a field, or let a step compare",
  },
  TR2026: {
    severity: "error",
    title: "no text form",
    message: (p: { what: string }): string => `${p.what} has no text form that is the same on every engine`,
    help: (_: { what: string }): string => "put a string, a number, a boolean or null here",
  },
  TR2027: {
    severity: "error",
    title: "property of nothing",
    message: (p: { what: string; name: string }): string =>
      `\`${p.name}\` of ${p.what}: JavaScript would throw a TypeError here`,
  },
  TR2028: {
    severity: "error",
    title: "promise method outside the dialect",
    message: (p: { name: string }): string => `\`${p.name}\` is not in the dialect`,
    help: (_: { name: string }): string => "use `await`, `try`/`catch` and `Promise.all`",
  },
  TR2029: {
    severity: "error",
    title: "no such property",
    message: (p: { what: string; name: string }): string => `${p.what} has no property \`${p.name}\``,
  },
  TR2031: {
    severity: "error",
    title: "cannot be changed",
    message: (p: { what: string }): string => `${p.what} cannot be changed`,
  },
  TR2032: {
    severity: "error",
    title: "a module's value changed",
    message: (p: { what: string }): string => `${p.what} belongs to a module and is frozen once modules have loaded`,
    help: (_: { what: string }): string => "declare it inside the pipeline's body",
  },
  TR2033: {
    severity: "error",
    title: "outer list or object changed in a run-time block",
    message: (p: { what: string }): string =>
      `${p.what} from outside is changed inside a block that only runs on the engine`,
    help: (_: { what: string }): string =>
      "return the new value from the block, or collect results with `Promise.all(items.map(...))`",
  },
  TR2034: {
    severity: "error",
    title: "changed from a fork",
    message: (p: { what: string }): string =>
      `${p.what} is changed after an \`await\` in a function that runs beside others: the order would be chance`,
    help: (_: { what: string }): string => "return a value from the async function and use what `await` gives",
  },
  TR2035: {
    severity: "error",
    title: "variable changed inside a run-time loop",
    message: (p: { what: string }): string =>
      `${p.what} is changed inside a loop or \`try\` that only runs on the engine`,
    help: (_: { what: string }): string =>
      "collect results with `Promise.all(items.map(...))` and reduce them in a step",
  },
  TR2036: {
    severity: "error",
    title: "not callable",
    message: (p: { what: string }): string => `${p.what} cannot be called here`,
  },
  TR2037: {
    severity: "error",
    title: "recursion",
    message: (p: { name: string }): string => `\`${p.name}\` calls itself`,
    help: (_: { name: string }): string => "use a loop: a manifest has no recursion",
  },
  TR2038: {
    severity: "error",
    title: "loop with a run-time condition",
    message: (): string => "this loop's condition is known only at run time",
    help: (): string => "loop over a list (`for (const x of items)`), or repeat inside one step",
  },
  TR2039: {
    severity: "error",
    title: "case with a value of the run",
    message: (): string => "where one case falls into the next, each must compare with a constant",
    help: (): string => "end the cases with `break`, `return` or `throw`, or write `if` and `else`",
  },
  TR2042: {
    severity: "error",
    title: "leaving a loop at run time",
    message: (p: { what: string }): string =>
      `\`${p.what}\` leaves a loop under a condition that is known only at run time`,
    help: (_: { what: string }): string => "filter the list before the loop, or run the rest of the turn in an `if`",
  },
  TR2043: {
    severity: "error",
    title: "a step inside a filter",
    message: (): string => "`filter` over a run-time list takes a comparison, not a step",
    help: (): string => "map with the step first, then filter its results",
  },
  TR2044: {
    severity: "error",
    title: "step without a name",
    message: (): string => "this step has no name, since no variable or property holds it",
    help: (): string => "declare it: `export const train = isolated<...>(...)`",
  },
  TR2045: {
    severity: "error",
    title: "not usable as a name",
    message: (p: { name: string }): string => `"${p.name}" gives no name for an engine`,
    help: (_: { name: string }): string => "a name starts with a letter and has letters, digits and dashes",
  },
  TR2046: {
    severity: "error",
    title: "two steps of one name",
    message: (p: { id: string }): string => `two different steps are called \`${p.id}\``,
    help: (_: { id: string }): string => "rename one of the variables",
  },
  TR2047: {
    severity: "error",
    title: "inputs are not an object",
    message: (p: { step: string; what: string }): string => `\`${p.step}\` takes an object of inputs, not ${p.what}`,
  },
  TR2048: {
    severity: "error",
    title: "input of another type",
    message: (p: { step: string; input: string; problem: string }): string =>
      `input \`${p.input}\` of \`${p.step}\`: ${p.problem}`,
  },
  TR2049: {
    severity: "error",
    title: "unknown input",
    message: (p: { step: string; input: string; has: string }): string =>
      `\`${p.step}\` has no input \`${p.input}\` (it has: ${p.has})`,
  },
  TR2050: {
    severity: "error",
    title: "input missing",
    message: (p: { step: string; inputs: string }): string => `\`${p.step}\` needs ${p.inputs}`,
  },
  TR2051: {
    severity: "error",
    title: "name is not known",
    message: (p: { what: string }): string => `a task's name must be a known string, not ${p.what}`,
  },
  TR2052: {
    severity: "error",
    title: "throw of something else",
    message: (p: { what: string }): string => `\`throw\` takes \`new Error("...")\`, not ${p.what}`,
  },
  TR2053: {
    severity: "error",
    title: "a module throws",
    message: (p: { message: string }): string => `this module throws while it loads: ${p.message}`,
  },
  TR2054: {
    severity: "error",
    title: "leaving a finally",
    message: (p: { what: string }): string =>
      `\`${p.what}\` in \`finally\` would swallow the error, or the \`return\`, that it runs for`,
    help: (p: { what: string }): string => `write the \`${p.what}\` after the \`try\``,
  },
  TR2055: {
    severity: "error",
    title: "wrong argument of the SDK",
    message: (p: { what: string }): string => `${p.what} must be written out here`,
  },
  TR2056: {
    severity: "error",
    title: "default is not a constant",
    message: (p: { name: string }): string => `the default of \`${p.name}\` must be a constant or a value of \`run\``,
  },
  TR2057: {
    severity: "error",
    title: "wrong option",
    message: (p: { option: string; wanted: string }): string => `\`${p.option}\` must be ${p.wanted}`,
  },
  TR2058: {
    severity: "error",
    title: "not a cron expression",
    message: (p: { what: string }): string => `${p.what} is not a cron expression that every engine reads`,
    help: (_: { what: string }): string => "five fields: minute, hour, day of month, month, day of week",
  },
  TR2059: {
    severity: "error",
    title: "promise both settled and awaited",
    message: (): string =>
      "`Promise.allSettled` takes this promise, and something else waits for it, too: its failure would be both caught and not",
    help: (): string => "start it inside the list that `Promise.allSettled` takes, and read its result from there",
  },
  TR2060: {
    severity: "error",
    title: "list of promises inside a list",
    message: (): string => "this list of promises stands inside another list, where nothing waits for it",
    help: (): string => "give each its own `Promise.all`, or spread the known one with `...`",
  },
  TR2061: {
    severity: "error",
    title: "decided at run time",
    message: (): string => "which items this gives is known only at run time, but the list itself is known",
    help: (): string => "decide with `if` around the step, or let a step return the list",
  },
  TR2062: {
    severity: "error",
    title: "namespace import of the SDK",
    message: (): string => "import the SDK's functions by name",
    help: (): string => 'write `import { pipeline, shared } from "twinrail"`',
  },
  TR2064: {
    severity: "error",
    title: "two tasks of one name",
    message: (p: { name: string; kind: string }): string =>
      `two ${p.kind === "throw" ? "errors are thrown" : "tasks are called"} under the name \`${p.name}\``,
    help: (p: { name: string; kind: string }): string =>
      p.kind === "throw"
        ? 'put one of them in a group: `group("eu", () => ...)`'
        : 'name the call, `step(inputs, { name: "baseline" })`, or put it in a group: `group("eu", () => helper())`',
  },
  TR2065: {
    severity: "error",
    title: "name too long",
    message: (p: { name: string; limit: string }): string =>
      `the task's name \`${p.name}\` is longer than ${p.limit} characters`,
    help: (_: { name: string; limit: string }): string => 'give it a shorter one: `step(inputs, { name: "..." })`',
  },
  TR2066: {
    severity: "error",
    title: "no pipeline in the file",
    message: (p: { file: string }): string => `\`${p.file}\` exports no pipeline`,
    help: (_: { file: string }): string => "write `export default pipeline({ name: ... }, async () => { ... })`",
  },
  TR2067: {
    severity: "error",
    title: "two pipelines of one name",
    message: (p: { name: string }): string => `two pipelines are called \`${p.name}\``,
  },
  TR2068: {
    severity: "error",
    title: "scheduled pipeline with a required parameter",
    message: (p: { name: string }): string => `the parameter \`${p.name}\` has no default, but a schedule gives none`,
    help: (p: { name: string }): string => `write a default: \`{ ${p.name} = ... }\``,
  },
  TR2069: {
    severity: "error",
    title: "changed while an async function reads it",
    message: (p: { what: string }): string =>
      `${p.what} is changed while an async function that has read it still runs: in Node it might see the new value`,
    help: (_: { what: string }): string => "pass the value as an argument, or `await` the function first",
  },
  TR2072: {
    severity: "error",
    title: "two items of one key",
    message: (p: { key: string }): string => `two items have the key ${p.key}`,
    help: (_: { key: string }): string => "let `key` give something that differs for each item",
  },
  TR2073: {
    severity: "error",
    title: "callback with another default",
    message: (p: { name: string }): string =>
      `the pipeline's body gives \`${p.name}\` a default, and JavaScript does not hand it on to this function`,
    help: (p: { name: string }): string => `write the same default here: \`{ ${p.name} = ... }\``,
  },
  TR2070: {
    severity: "error",
    title: "variable that a failed try has left open",
    message: (p: { name: string; where: "handler" | "finally" }): string =>
      p.where === "finally"
        ? `\`${p.name}\` is read in \`finally\`, but what it is there depends on how far the \`try\` has come`
        : `\`${p.name}\` is assigned in the \`try\` before something that can fail: what it is then depends on how far the \`try\` has come`,
    help: (p: { name: string; where: "handler" | "finally" }): string =>
      p.where === "finally"
        ? "read it after the `try`"
        : `assign \`${p.name}\` last in the \`try\`, or give it a value in the \`catch\``,
  },
  TR2071: {
    severity: "error",
    title: "promise returned from a try",
    message: (): string =>
      "JavaScript leaves the `try` before this promise has ended, so its `catch` would never see it fail",
    help: (): string => "write `return await`",
  },
} as const;
