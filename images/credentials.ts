/** Logins for registries, from the configuration that `docker login` writes. Only the user's own: never a file of the project. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { registryError } from "./registry-error.ts";

/** The value of an `Authorization: Basic` header, or nothing for a registry without a login. */
export type Credentials = (host: string) => string | undefined;

export const anonymous: Credentials = () => undefined;

export function dockerCredentials(env: NodeJS.ProcessEnv = process.env): Credentials {
  const file = join(env.DOCKER_CONFIG ?? join(homedir(), ".docker"), "config.json");
  let auths: Readonly<Record<string, { auth?: unknown }>> | undefined;
  return (host) => {
    auths ??= readAuths(file);
    const auth = [host, `https://${host}`, ...(host === "docker.io" ? ["https://index.docker.io/v1/"] : [])]
      .map((key) => auths?.[key]?.auth)
      .find((value) => typeof value === "string" && value !== "");
    return auth === undefined ? undefined : `Basic ${String(auth)}`;
  };
}

function readAuths(file: string): Readonly<Record<string, { auth?: unknown }>> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return {};
    throw registryError("TR7047", { file, reason: String(code ?? error) });
  }
  try {
    return (JSON.parse(text) as { auths?: Record<string, { auth?: unknown }> } | null)?.auths ?? {};
  } catch {
    throw registryError("TR7047", { file, reason: "it is not JSON" }); // the parser's own message would quote the file
  }
}
