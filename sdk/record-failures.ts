/** Which failure a recorded run ends with. */

/** An error of the test, not of the pipeline: no `catch` of the pipeline can turn it into an outcome. */
export class RecordingError extends Error {}

/** What a pipeline's `catch` gets. */
export class StepFailure extends Error {
  override readonly name = "StepError";
  readonly step: string;
  readonly attempt: number;
  /** Positions in the run. */
  readonly #started: number;
  readonly #ended: number;

  constructor(step: string, attempt: number, message: string, started: number, ended: number) {
    super(message);
    this.step = step;
    this.attempt = attempt;
    this.#started = started;
    this.#ended = ended;
  }

  static startOf(error: unknown): number {
    return error instanceof StepFailure ? error.#started : Number.POSITIVE_INFINITY;
  }

  static endOf(error: StepFailure): number {
    return error.#ended;
  }
}

/**
 * A block ends when everything that it started has ended, and of several failures the first in source order counts. So a fork that nobody came to
 * await, because the function had returned or thrown before, fails the run, too, and counts first when it was started first.
 *
 * JavaScript does not say which of them were started inside a `try`; those whose `await` a caught failure has skipped are taken to be.
 */
export function firstFailure(
  failures: readonly StepFailure[],
  thrown: { readonly reason: unknown } | undefined,
  left: readonly unknown[],
): { readonly reason: unknown } | undefined {
  const caught = failures.filter((failure) => failure !== thrown?.reason && !left.includes(failure));
  const latest = Math.max(...caught.map((failure) => StepFailure.endOf(failure)), Number.NEGATIVE_INFINITY);
  const own = left.filter((reason) => !(reason instanceof RecordingError) && latest < StepFailure.startOf(reason));
  const all = [...(thrown === undefined ? [] : [thrown.reason]), ...own];
  const [first] = all.map((reason) => ({ reason })).sort((a, b) => byStart(a.reason, b.reason));
  return first;
}

function byStart(a: unknown, b: unknown): number {
  const [x, y] = [StepFailure.startOf(a), StepFailure.startOf(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}
