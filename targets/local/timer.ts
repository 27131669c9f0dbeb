/** Node's timers hold 31 bits of milliseconds, and fire at once when given more: a longer time is waited for piece by piece. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

/** @returns calls it off. */
export function after(milliseconds: number, work: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = setTimeout(
      () => (left > LONGEST_TIMER_MS ? wait(left - LONGEST_TIMER_MS) : work()),
      Math.min(left, LONGEST_TIMER_MS),
    );
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}
