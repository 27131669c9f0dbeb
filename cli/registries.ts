/** How `lock` and `push` reach registries: with the user's logins, and through mirrors where there are some. */
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { dockerCredentials, type Registry, registries } from "../images/images.ts";

export interface RegistryOptions {
  readonly insecure?: readonly string[];
  readonly mirror: ReadonlyMap<string, string>;
}

export function addRegistryOptions(command: Command): Command {
  return command
    .option("--insecure <hosts...>", "registries that are reached over plain http (127.0.0.1 and localhost always are)")
    .option(
      "--mirror <host=mirror>",
      "ask this registry instead of that host, e.g. docker.io=mirror.acme.com; repeatable",
      addMirror,
      new Map<string, string>(),
    );
}

export function openRegistries({ insecure = [], mirror }: RegistryOptions): (host: string) => Registry {
  const open = registries({ credentials: dockerCredentials(), insecure });
  return (host) => open(mirror.get(host) ?? host);
}

function addMirror(text: string, all: ReadonlyMap<string, string>): Map<string, string> {
  const [host, mirror, more] = text.split("=");
  if (!host || !mirror || more !== undefined) throw new InvalidArgumentError("a mirror is written host=mirror");
  return new Map([...all, [host, mirror]]);
}
