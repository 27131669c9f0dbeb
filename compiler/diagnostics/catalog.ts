/**
 * Every message that Twinrail can give, by area; the only place where a message's text stands. The first digit of a code is its area.
 *
 *     TR2001: {
 *       severity: "error",
 *       title: "a few words for the reference page",
 *       message: (p: { name: string }): string => `what is wrong, with ${p.name}`,
 *       help: (p: { name: string }): string => `what to write instead`,   // optional
 *     },
 */
import { airflow } from "./catalog/airflow.ts";
import { argo } from "./catalog/argo.ts";
import { check } from "./catalog/check.ts";
import { config } from "./catalog/config.ts";
import { evaluate } from "./catalog/evaluate.ts";
import { gitops } from "./catalog/gitops.ts";
import { images } from "./catalog/images.ts";
import { output } from "./catalog/output.ts";
import { place } from "./catalog/place.ts";
import { read } from "./catalog/read.ts";

export type Catalog = typeof read &
  typeof evaluate &
  typeof check &
  typeof place &
  typeof airflow &
  typeof argo &
  typeof images &
  typeof config &
  typeof output &
  typeof gitops;

export type Code = keyof Catalog & string;

/** What the message of a code is made from; `{}` when it takes nothing. */
export type ParamsOf<C extends Code> = Catalog[C] extends { readonly message: (params: infer P) => string }
  ? unknown extends P
    ? Record<string, never>
    : P
  : never;

export const catalog: Catalog = {
  ...read,
  ...evaluate,
  ...check,
  ...place,
  ...airflow,
  ...argo,
  ...images,
  ...config,
  ...output,
  ...gitops,
};
