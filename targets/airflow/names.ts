/** Names that Airflow sees. A node's task has the node's own id; helper tasks have a dot in theirs, which no node id can have. */

import type { Project } from "../../compiler/config/project.ts";
import { invariant } from "../../compiler/invariant.ts";
import type { Node, NodeId, Pipeline } from "../../compiler/ir/types.ts";

/** One namespace for the whole Airflow installation, hence the project's prefix. */
export function dagId(pipeline: Pipeline, project: Project): string {
  const id = project.project === undefined ? pipeline.name : `${project.project}-${pipeline.name}`;
  invariant(/^[A-Za-z][A-Za-z0-9_-]*$/.test(id), `"${id}" is not a DAG id`);
  return id;
}

/** File and package names: a Python module name of the DAG id. */
export function moduleName(dag: string): string {
  return dag.replaceAll("-", "_");
}

/** The one exit of a branch, a loop or a `try`. */
export function endId(node: NodeId): string {
  return `${node}.end`;
}

/** The task whose success is that of the node. */
export function exitId(node: Node): string {
  return node.kind === "branch" || node.kind === "forEach" || node.kind === "try" ? endId(node.id) : node.id;
}

/** Where the handler of a `try` begins. */
export function catchId(node: NodeId): string {
  return `${node}.catch`;
}

export function finallyId(node: NodeId): string {
  return `${node}.finally`;
}

/** The `try` around one item of a loop that is settled. */
export function itemId(loop: NodeId): string {
  return `${loop}.item`;
}

export function stopId(region: NodeId): string {
  return `${region}.stop`;
}

/** Group ids take no dot; an underscore is as foreign to node ids. */
export function groupId(loop: NodeId): string {
  return `${loop}_body`;
}

export const START = "run.start";
export const FINISH = "run.finish";
