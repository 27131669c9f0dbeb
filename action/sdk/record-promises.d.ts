/** Two places where a pipeline's promises mean more than Node's do. Both are in force only while a recording runs, and only inside it. */
/**
 * `Promise.all` that waits for all: a block ends when everything that it started has ended, and of several failures the first in list order
 * counts, not the first in time.
 *
 * @returns undoes it.
 */
export declare function settlingAll(isOurs: () => boolean): () => void;
/**
 * A fork fails at its await, so until then its rejection is nobody's fault. Node would end the process (and a test runner the test) for it.
 *
 * @param left what nobody has awaited yet, by promise: kept up to date.
 * @returns undoes it.
 */
export declare function holdRejections(isOurs: () => boolean, left: Map<Promise<unknown>, unknown>): () => void;
