/** TR704x: what a registry answers, or does not. Texts never hold credentials: addresses come without user, password and query. */
export const registry = {
  TR7040: {
    severity: "error",
    title: "A registry cannot be reached",
    message: (p: { host: string; reason: string }): string => `The registry ${p.host} cannot be reached: ${p.reason}.`,
    help: (): string =>
      "Only `twinrail lock` and `twinrail push` need the network. Check the name, the proxy and the certificate.",
  },
  TR7041: {
    severity: "error",
    title: "A registry refuses the credentials",
    message: (p: { host: string; repository: string; action: "pull" | "push"; anonymous: boolean }): string =>
      p.anonymous
        ? `${p.host} does not let anyone ${p.action} ${p.repository}, and there are no credentials for it.`
        : `${p.host} does not let these credentials ${p.action} ${p.repository}.`,
    help: (p: { host: string }): string =>
      `Log in with \`docker login ${p.host}\`, or anything else that writes ~/.docker/config.json.`,
  },
  TR7042: {
    severity: "error",
    title: "An image is not in the registry",
    message: (p: { image: string }): string => `The registry has no image \`${p.image}\`.`,
    help: (): string => "Check its name and tag. Some registries say so, too, when a login is missing.",
  },
  TR7043: {
    severity: "error",
    title: "A registry sent other bytes than it was asked for",
    message: (p: { what: string; expected: string; actual: string }): string =>
      `${p.what} arrived as ${p.actual} instead of ${p.expected}.`,
    help: (): string =>
      "Run the command again. If it happens again, the registry or something on the way to it is broken.",
  },
  TR7044: {
    severity: "error",
    title: "An image has no variant for the platform",
    message: (p: { image: string; platform: string; has: readonly string[] }): string =>
      `\`${p.image}\` exists for ${p.has.length === 0 ? "no platform" : p.has.join(", ")}, not for ${p.platform}.`,
    help: (): string => "Use an image that is built for it.",
  },
  TR7045: {
    severity: "error",
    title: "A registry's answer makes no sense",
    message: (p: { host: string; request: string; answer: string }): string =>
      `${p.host} answered \`${p.request}\` with ${p.answer}.`,
    help: (): string => "Run the command again; if it stays, ask the registry's administrators.",
  },
  TR7046: {
    severity: "error",
    title: "A registry points somewhere it should not",
    message: (p: { host: string; target: string; reason: string }): string =>
      `${p.host} points to ${p.target}, which is not followed: ${p.reason}.`,
    help: (): string => "Ask the registry's administrators: this is a misconfiguration, or an attack.",
  },
  TR7047: {
    severity: "error",
    title: "The Docker configuration cannot be used",
    message: (p: { file: string; reason: string }): string => `${p.file} cannot be used: ${p.reason}.`,
    help: (): string => "Log in again with `docker login`, or remove the file.",
  },
} as const;
