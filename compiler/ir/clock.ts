/** The clock as an argument: runs wait for real time, tests and the conformance kit for none. */
import { invariant } from "../invariant.ts";

export interface Clock {
  /** Milliseconds since some fixed instant. */
  now(): number;
  /** Returns early when `cancelled` is aborted. */
  sleep(milliseconds: number, cancelled?: AbortSignal): Promise<void>;
}

/** Time passes only when nothing else is left to do, so a run is the same every time, however long its steps pretend to take. */
export class VirtualClock implements Clock {
  #now = 0;
  #timers: { readonly at: number; readonly wake: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number, cancelled?: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      if (cancelled?.aborted) {
        wake();
        return;
      }
      const at = this.#now + milliseconds;
      // After those of the same instant: who went to sleep first wakes first.
      const index = this.#timers.findIndex((timer) => timer.at > at);
      const timer = { at, wake };
      this.#timers.splice(index === -1 ? this.#timers.length : index, 0, timer);
      const cancel = () => {
        this.#timers = this.#timers.filter((other) => other !== timer);
        wake();
      };
      cancelled?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** Lets `work`, which waits for this clock alone, come to its end. */
  async run<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const done = () => {
      ended = true;
    };
    work.then(done, done);
    for (;;) {
      // A macrotask: every promise that can settle without time passing has settled.
      await new Promise((resolve) => setImmediate(resolve));
      if (ended) return work;
      const timer = this.#timers.shift();
      invariant(timer !== undefined, "the simulated run waits for something that never happens");
      this.#now = timer.at;
      timer.wake();
    }
  }
}
