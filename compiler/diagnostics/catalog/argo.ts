/** TR6xxx. See ../catalog.ts for the shape of an entry. */
export const argo = {
  TR6001: {
    severity: "error",
    title: "step option that Argo does not have",
    message: (p: { step: string; option: string; reason: string; instead: string }): string =>
      `step \`${p.step}\` sets \`${p.option}\`: ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR6002: {
    severity: "error",
    title: "pipeline option that Argo does not have",
    message: (p: { option: string; reason: string; instead: string }): string => `\`${p.option}\`: ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR6003: {
    severity: "error",
    title: "construct that the Argo target does not lower",
    message: (p: { construct: string; reason: string; instead: string }): string => `${p.construct}: ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR6004: {
    severity: "error",
    title: "task named by a word of Argo's expression language",
    message: (p: { id: string }): string =>
      `\`${p.id}\` is a word of the language in which Argo reads \`depends\`: a task of that name breaks the whole workflow`,
    help: (p: { id: string }): string => `name it otherwise: { name: "${p.id}-step" }`,
  },
  TR6005: {
    severity: "error",
    title: "name too long for Kubernetes",
    message: (p: { kind: string; name: string; limit: number }): string =>
      `the ${p.kind} would be named \`${p.name}\`: ${p.name.length} characters, and Argo allows ${p.limit}`,
    help: (): string => "shorten the pipeline's name, or `project` in twinrail.json",
  },
  TR6006: {
    severity: "error",
    title: "GPU type that the cluster does not offer",
    message: (p: { step: string; type: string; cluster: string; offered: string }): string =>
      `step \`${p.step}\` asks for GPU type \`${p.type}\`; cluster \`${p.cluster}\` offers ${p.offered}`,
    help: (p: { type: string; cluster: string }): string =>
      `ask for one that is offered, or add clusters.${p.cluster}.gpus["${p.type}"] to twinrail.json`,
  },
  TR6007: {
    severity: "error",
    title: "no image for a step",
    message: (p: { step: string }): string => `step \`${p.step}\` runs in a pod, and no image is known for it`,
    help: (): string =>
      "an isolated step names its `image`; for shared steps under `--target argo` set `sharedImage` in twinrail.json",
  },
  TR6008: {
    severity: "error",
    title: "no single cluster to run in",
    message: (p: { reason: string; known: string }): string => p.reason,
    help: (p: { known: string }): string =>
      `under \`--target argo\` a pipeline runs in one cluster: let all steps name it, or none (known: ${p.known})`,
  },
  TR6009: {
    severity: "error",
    title: "more than Argo's 200",
    message: (p: { what: string; count: number; where: string }): string =>
      `${p.where} needs ${p.count} ${p.what}, and the API server accepts 200`,
    help: (): string =>
      "longer chains and wider joins are nested by themselves, but these steps wait for one another in ways that no nesting keeps apart: await them together, run equal ones as a loop (`each`), or cut the pipeline in two",
  },
  TR6010: {
    severity: "error",
    title: "condition that Argo cannot evaluate",
    message: (p: { id: string }): string =>
      `the condition of \`${p.id}\` is more than Argo evaluates (comparisons of numbers, booleans and single values of one step)`,
    help: (): string => "let a step return the boolean: `if (result.ok)`",
  },
  TR6011: {
    severity: "error",
    title: "loop whose length Argo cannot know",
    message: (p: { id: string }): string =>
      `how often \`${p.id}\` runs depends on more than one list that a step returned`,
    help: (): string => "let one step return the list to loop over",
  },
  TR6012: {
    severity: "error",
    title: "text that cannot pass through Argo",
    message: (p: { what: string; reason: string; instead: string }): string => `${p.what} ${p.reason}`,
    help: (p: { instead: string }): string => p.instead,
  },
  TR6013: {
    severity: "error",
    title: "not a Kubernetes name, label or quantity",
    message: (p: { what: string; value: string; rule: string }): string =>
      `${p.what} is ${JSON.stringify(p.value)}, and Kubernetes wants ${p.rule}`,
  },
  TR6014: {
    severity: "error",
    title: "parameter name that Argo refuses",
    message: (p: { name: string }): string =>
      `parameter \`${p.name}\`: Argo's parameters are named with letters, digits, \`_\` and \`-\` only`,
    help: (): string => "rename the parameter",
  },
  TR6015: {
    severity: "error",
    title: "loop too large for one workflow",
    message: (p: { id: string; count: number; kib: number }): string =>
      `\`${p.id}\` runs ${p.count} times; Argo would keep about ${p.kib} KiB about it in the workflow's status, which may hold 1,024 KiB`,
    help: (): string => "loop over batches, each a list of items that one step works through",
  },
  TR6016: {
    severity: "error",
    title: "constants too large for a pod",
    message: (p: { id: string; kib: number }): string =>
      `what \`${p.id}\` is given as constants takes ${p.kib} KiB, and a pod's argument holds at most 128 KiB`,
    help: (): string =>
      "let a step read the text from a file beside the steps, or return it: outputs may be of any size",
  },
  TR6017: {
    severity: "error",
    title: "workflow too large for Argo",
    message: (p: { where: string; nodes: number; kib: number; status: number }): string =>
      `${p.where} takes ${p.kib} KiB as a manifest and, when its ${p.nodes} steps have run, about ${p.status} KiB as a status; Argo keeps both in one object of at most 1,024 KiB`,
    help: (): string => "run equal steps as a loop over a list (`each`), or cut the pipeline in two",
  },
} as const;
