/** Names of images, `[host[:port]/]path[:tag][@sha256:…]`, by the rules of Docker and the OCI distribution specification 1.1. */

export interface Reference {
  /** Registry as written: `docker.io`, `registry.acme.com:5000`. */
  readonly host: string;
  /** `library/python`, `pytorch/pytorch`. */
  readonly repository: string;
  /** `latest` when neither tag nor digest is written. */
  readonly tag?: string;
  readonly digest?: string;
}

const PATH = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*(?::[0-9]{1,5})?$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

export function parseReference(text: string): Reference | { readonly problem: string } {
  if (/^[a-z]+:\/\//.test(text)) return { problem: "it has a scheme, which image references do not have" };
  const [name = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest)))
    return { problem: "after `@` stands `sha256:` and 64 hexadecimal digits" };
  const colon = name.indexOf(":", name.lastIndexOf("/") + 1);
  const tag = colon < 0 ? undefined : name.slice(colon + 1);
  if (tag !== undefined && !TAG.test(tag)) return { problem: `\`${tag}\` is not a tag` };
  const { host, path } = splitHost(colon < 0 ? name : name.slice(0, colon));
  if (!HOST.test(host)) return { problem: `\`${host}\` is not a host` };
  if (!PATH.test(path))
    return {
      problem: `\`${path}\` is not a repository: lower-case letters, digits, and \`.\`, \`_\`, \`-\` between them`,
    };
  return {
    host,
    repository: host === "docker.io" && !path.includes("/") ? `library/${path}` : path,
    ...(digest === undefined ? {} : { digest }),
    ...(tag !== undefined ? { tag } : digest === undefined ? { tag: "latest" } : {}),
  };
}

/** The first part of a name is a host when it looks like one; else the image is Docker Hub's. */
function splitHost(name: string): { host: string; path: string } {
  const slash = name.indexOf("/");
  const first = name.slice(0, Math.max(slash, 0));
  if (first === "localhost" || /[.:A-Z]/.test(first)) {
    return { host: first === "index.docker.io" ? "docker.io" : first, path: name.slice(slash + 1) };
  }
  return { host: "docker.io", path: name };
}

/** Where a registry's API is, by its host in references. */
export function apiHost(host: string): string {
  return host === "docker.io" ? "registry-1.docker.io" : host;
}
