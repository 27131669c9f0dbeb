/** What commands write to, and how: standard output for results, standard error for everything that people read meanwhile. */
export interface Terminal {
  /** A result, for programs too. */
  out(text: string): void;
  /** Progress, diagnostics, hints. */
  err(text: string): void;
  readonly color: boolean;
  readonly interactive: boolean;
}

/** By https://no-color.org, FORCE_COLOR and whether standard error is a terminal; a file gets no escape codes, in CI neither. */
function wantsColor({ NO_COLOR, FORCE_COLOR, TERM }: NodeJS.ProcessEnv): boolean {
  if (NO_COLOR) return false;
  if (FORCE_COLOR) return FORCE_COLOR !== "0";
  return process.stderr.isTTY === true && TERM !== "dumb";
}

export const terminal: Terminal = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  color: wantsColor(process.env),
  interactive: process.stderr.isTTY === true,
};

/** Exit codes of every command; `--help` shows them. */
export const EXIT = { ok: 0, failed: 1, usage: 2, bug: 70 } as const;

/** The one way to end a command early: what is to be said has been said. */
export class Exit extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}
