/** Two places where a pipeline's promises mean more than Node's do. Both are in force only while a recording runs, and only inside it. */

/**
 * `Promise.all` that waits for all: a block ends when everything that it started has ended, and of several failures the first in list order
 * counts, not the first in time.
 *
 * @returns undoes it.
 */
export function settlingAll(isOurs: () => boolean): () => void {
  return install(promiseAll, { isOurs });
}

/**
 * A fork fails at its await, so until then its rejection is nobody's fault. Node would end the process (and a test runner the test) for it.
 *
 * @param left what nobody has awaited yet, by promise: kept up to date.
 * @returns undoes it.
 */
export function holdRejections(isOurs: () => boolean, left: Map<Promise<unknown>, unknown>): () => void {
  return install(unhandledRejection, { isOurs, left });
}

interface Owner {
  /** Whether the code that runs now is of its recording. */
  readonly isOurs: () => boolean;
  readonly left?: Map<Promise<unknown>, unknown>;
}

interface Patch {
  readonly owners: Set<Owner>;
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
      if (isOurs()) {
        for (const owner of unhandledRejection.owners) if (owner.isOurs()) owner.left?.set(promise, reason);
        return;
      }
      if (others.length === 0) throw reason;
      for (const other of others) other.call(process, reason, promise);
    };
    const handled = (promise: Promise<unknown>): void => {
      for (const { left } of unhandledRejection.owners) left?.delete(promise);
    };
    process.removeAllListeners("unhandledRejection").on("unhandledRejection", listener);
    process.on("rejectionHandled", handled);
    return () => {
      process.off("rejectionHandled", handled);
      process.off("unhandledRejection", listener);
      for (const other of others) process.on("unhandledRejection", other);
    };
  },
};

/** Recordings may overlap; the first one installs and the last one removes. */
function install(patch: Patch, owner: Owner): () => void {
  patch.owners.add(owner);
  patch.undo ??= patch.apply(() => [...patch.owners].some(({ isOurs }) => isOurs()));
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
