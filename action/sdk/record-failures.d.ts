/** Which failure a recorded run ends with. */
/** An error of the test, not of the pipeline: no `catch` of the pipeline can turn it into an outcome. */
export declare class RecordingError extends Error {
}
/** What a pipeline's `catch` gets. */
export declare class StepFailure extends Error {
    #private;
    readonly name = "StepError";
    readonly step: string;
    readonly attempt: number;
    constructor(step: string, attempt: number, message: string, started: number, ended: number);
    static startOf(error: unknown): number;
    static endOf(error: StepFailure): number;
}
/**
 * A block ends when everything that it started has ended, and of several failures the first in source order counts. So a fork that nobody came to
 * await, because the function had returned or thrown before, fails the run, too, and counts first when it was started first.
 *
 * JavaScript does not say which of them were started inside a `try`; those whose `await` a caught failure has skipped are taken to be.
 */
export declare function firstFailure(failures: readonly StepFailure[], thrown: {
    readonly reason: unknown;
} | undefined, left: readonly unknown[]): {
    readonly reason: unknown;
} | undefined;
