/** Environment markers of requirements (PEP 508): whether `python_version < "3.13" and sys_platform == "linux"` holds somewhere. */
import { satisfies, valid } from "@renovatebot/pep440";

/** Values of the markers' variables. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** Of CPython on Linux, as Airflow's workers are. `python` is `3.12`. */
export function linuxEnvironment(python: string, machine = "x86_64"): MarkerEnvironment {
  return {
    python_version: python,
    python_full_version: `${python}.0`,
    implementation_version: `${python}.0`,
    os_name: "posix",
    sys_platform: "linux",
    platform_system: "Linux",
    platform_machine: machine,
    platform_python_implementation: "CPython",
    implementation_name: "cpython",
    platform_release: "",
    platform_version: "",
    extra: "",
  };
}

const TOKEN = /\s*(\(|\)|===|~=|==|!=|<=|>=|<|>|not\s+in\b|in\b|and\b|or\b|"[^"]*"|'[^']*'|[a-z_.]+)/y;

/** Whether the marker holds; nothing when it is no marker. */
export function markerHolds(marker: string, environment: MarkerEnvironment): boolean | undefined {
  const tokens = tokensOf(marker);
  if (tokens === undefined) return undefined;
  const parser = new MarkerParser(tokens, environment);
  const value = parser.either();
  return parser.isDone ? value : undefined;
}

function tokensOf(marker: string): string[] | undefined {
  const tokens: string[] = [];
  const text = marker.trimEnd();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const found = TOKEN.exec(text);
    if (found === null) return undefined;
    tokens.push((found[1] ?? "").replace(/\s+/, " "));
  }
  return tokens;
}

class MarkerParser {
  readonly #tokens: readonly string[];
  readonly #environment: MarkerEnvironment;
  #at = 0;
  #failed = false;

  constructor(tokens: readonly string[], environment: MarkerEnvironment) {
    this.#tokens = tokens;
    this.#environment = environment;
  }

  get isDone(): boolean {
    return !this.#failed && this.#at === this.#tokens.length;
  }

  either(): boolean {
    let value = this.#both();
    while (this.#take("or")) value = this.#both() || value;
    return value;
  }

  #both(): boolean {
    let value = this.#one();
    while (this.#take("and")) value = this.#one() && value;
    return value;
  }

  #one(): boolean {
    if (this.#take("(")) {
      const value = this.either();
      if (!this.#take(")")) this.#failed = true;
      return value;
    }
    const left = this.#value();
    const operator = this.#tokens[this.#at++] ?? "";
    const right = this.#value();
    if (left === undefined || right === undefined) {
      this.#failed = true;
      return false;
    }
    return this.#compare(left, operator, right);
  }

  #compare(left: string, operator: string, right: string): boolean {
    switch (operator) {
      case "in":
        return right.includes(left);
      case "not in":
        return !right.includes(left);
      case "===":
        return left === right;
      case "==":
      case "!=":
      case "<":
      case "<=":
      case ">":
      case ">=":
      case "~=":
        // Versions where both are, else texts (PEP 508).
        if (valid(left) && valid(right.replace(/\.\*$/, "")))
          return satisfies(left, `${operator}${right}`, { prereleases: true });
        if (operator === "==" || operator === "!=") return (left === right) === (operator === "==");
        return operator === "<"
          ? left < right
          : operator === ">"
            ? left > right
            : operator === "<="
              ? left <= right
              : left >= right;
      default:
        this.#failed = true;
        return false;
    }
  }

  #value(): string | undefined {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return undefined;
    if (token.startsWith('"') || token.startsWith("'")) return token.slice(1, -1);
    return Object.hasOwn(this.#environment, token) ? this.#environment[token] : undefined;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }
}
