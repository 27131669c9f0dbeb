/** Every name that Argo sees. Node ids go through as they are; what is added around them can never be a node id. */
import { type Diagnostic, diagnostic } from "../../compiler/diagnostics/diagnostic.ts";
import type { Block, NodeId, Pipeline } from "../../compiler/ir/types.ts";
import { nodesOf } from "../../compiler/ir/walk.ts";

/** `depends` is an expr-lang expression: these words in it are not task names (seen on 4.0.5). */
const EXPRESSION_WORDS = new Set(
  "in not and or matches contains startsWith endsWith let true false nil if else".split(" "),
);

/** A label's value, and what the names of pods and CronWorkflow children are built from. */
const WORKFLOW_NAME_LIMIT = 63;
/** A CronWorkflow's workflows are `<name>-<unix time>`. */
const CRON_NAME_LIMIT = 52;

/** An output parameter of a task: its wire, or one of the small values beside it. */
export interface Value {
  readonly node: NodeId;
  /** Absent: the wire. */
  readonly extra?: string;
}

/** Node ids hold no `_`, so `train_auc` is `auc` of `train` and nothing else. */
export function valueName(value: Value): string {
  return value.extra === undefined ? value.node : `${value.node}_${value.extra}`;
}

export function indexName(loop: NodeId): string {
  return `${loop}_index`;
}

export function engineName(project: string | undefined, pipeline: string): string {
  return project === undefined ? pipeline : `${project}-${pipeline}`;
}

export function checkEngineName(name: string, pipeline: Pipeline): readonly Diagnostic[] {
  const scheduled = pipeline.schedule !== undefined;
  const [kind, limit] = scheduled ? ["CronWorkflow", CRON_NAME_LIMIT] : ["WorkflowTemplate", WORKFLOW_NAME_LIMIT];
  return name.length > limit ? [diagnostic("TR6005", { kind, name, limit }, pipeline.origin)] : [];
}

export function checkNodeNames(body: Block): readonly Diagnostic[] {
  return [...nodesOf(body)]
    .filter((node) => EXPRESSION_WORDS.has(node.id))
    .map((node) => diagnostic("TR6004", { id: node.id }, node.origin));
}

/** Gives templates their names: a node's own is its id; helpers are named after their node and step aside for node ids. */
export class TemplateNames {
  readonly #taken: Set<string>;

  constructor(body: Block) {
    this.#taken = new Set([...nodesOf(body)].map((node) => node.id));
  }

  /** A name for a template that is not a node's own. */
  helper(name: string): string {
    let free = name;
    while (this.#taken.has(free)) free = `${free}-x`;
    this.#taken.add(free);
    return free;
  }
}
