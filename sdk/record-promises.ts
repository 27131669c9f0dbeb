/** Two places where a pipeline's promises mean more than Node's do. Both are in force only while a recording runs, and only inside it. */

/**
 * `Promise.all` that waits for all: a block ends when everything that it started has ended, and of several failures the first in list order
 * counts, not the first in time.
 *
 * @returns undoes it.
 */
export function settlingAll(isOurs: () => boolean): () => void {
  return install(promiseAll, isOurs);
}

/**
 * A fork fails at its await, so until then its rejection is nobody's fault. Node would end the process (and a test runner the test) for it.
 *
 * @returns undoes it.
 */
export function holdRejections(isOurs: () => boolean): () => void {
  return install(unhandledRejection, isOurs);
}

interface Patch {
  readonly owners: Set<() => boolean>;
  readonly apply: (isOurs: () => boolean) => () => void;
  undo: (() => void) | undefined;
}

const promiseAll: Patch = {
  owners: new Set(),
  undo: undefined,
  apply: (isOurs) => {
    const plain = Promise.all;
    const patched = function all(this: PromiseConstructor, values: Iterable<unknown>): Promise<unknown[]> {
      const list = Array.from(values);
      return isOurs() ? firstFailure(plain.call(this, list.map(settle)) as Promise<Settled[]>) : plain.call(this, list);
    };
    Promise.all = patched as typeof Promise.all;
    return () => {
      Promise.all = plain;
    };
  },
};

const unhandledRejection: Patch = {
  owners: new Set(),
  undo: undefined,
  apply: (isOurs) => {
    const others = process.listeners("unhandledRejection");
    const listener = (reason: unknown, promise: Promise<unknown>): void => {
      // Node runs the listener in the async context of the promise.
      if (isOurs()) return;
      if (others.length === 0) throw reason;
      for (const other of others) other.call(process, reason, promise);
    };
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", listener);
    return () => {
      process.off("unhandledRejection", listener);
      for (const other of others) process.on("unhandledRejection", other);
    };
  },
};

/** Recordings may overlap; the first one installs and the last one removes. */
function install(patch: Patch, isOurs: () => boolean): () => void {
  const owner = () => isOurs();
  patch.owners.add(owner);
  patch.undo ??= patch.apply(() => [...patch.owners].some((owns) => owns()));
  return () => {
    patch.owners.delete(owner);
    if (patch.owners.size > 0) return;
    patch.undo?.();
    patch.undo = undefined;
  };
}

type Settled = { readonly value: unknown } | { readonly reason: unknown };

async function settle(value: unknown): Promise<Settled> {
  try {
    return { value: await value };
  } catch (reason) {
    return { reason };
  }
}

async function firstFailure(all: Promise<Settled[]>): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const item of await all) {
    if ("reason" in item) throw item.reason;
    values.push(item.value);
  }
  return values;
}
