/** What may travel between steps: JSON values and artifacts. */
/** Any JSON value. Prefer a precise type: it is checked at each end of the wire. */
export type Json = null | boolean | number | string | readonly Json[] | {
    readonly [key: string]: Json;
};
declare const artifact: unique symbol;
interface Artifact<Kind extends string, Row = unknown> {
    /** Exists in types only. `Row` is covariant: more columns than asked for are fine, unknown columns are not. */
    readonly [artifact]: {
        readonly kind: Kind;
        readonly row: Row;
    };
}
/**
 * Tabular data: a file or a folder of files. In Python it is a `pathlib.Path`.
 *
 * `Row` says what a row looks like, so that a step which needs other columns is an error in the editor: `Dataset<{ user: string; age: number }>`.
 */
export interface Dataset<Row = unknown> extends Artifact<"dataset", Row> {
}
/** A trained model: a file or a folder. In Python it is a `pathlib.Path`. */
export interface Model extends Artifact<"model"> {
}
/** One file of any kind. In Python it is a `pathlib.Path`. */
export interface File extends Artifact<"file"> {
}
/** A folder of any kind. In Python it is a `pathlib.Path`. */
export interface Directory extends Artifact<"directory"> {
}
/** What a `catch` around steps receives: `catch (error) { (error as StepError).step }`. */
export interface StepError extends Error {
    /** Id of the task that failed first, in source or item order. Absent when the pipeline itself threw. */
    readonly step?: string;
    /** Number of the attempt that failed for good, from 1. */
    readonly attempt?: number;
}
export {};
