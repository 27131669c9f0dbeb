/** What a registry can do to us, as a diagnostic on its way through asynchronous code. Caught by `lock` and `push`, which return it. */
import type { Code, ParamsOf } from "../compiler/diagnostics/catalog.ts";
import { type Diagnostic, diagnostic, type Origin } from "../compiler/diagnostics/diagnostic.ts";

export class RegistryError extends Error {
  readonly code: Code;
  readonly #make: (origin?: Origin) => Diagnostic;

  constructor(make: (origin?: Origin) => Diagnostic) {
    const { code, message } = make();
    super(message);
    this.code = code;
    this.#make = make;
  }

  at(origin?: Origin): Diagnostic {
    return this.#make(origin);
  }
}

export function registryError<C extends Code>(code: C, params: ParamsOf<C>): RegistryError {
  return new RegistryError((origin) => diagnostic(code, params, origin));
}
