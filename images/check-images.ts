/** Deployed images, asked for in their registries: each byte that is small enough to be read is compared with its digest. */
import { type Diagnostic, diagnostic } from "../compiler/diagnostics/diagnostic.ts";
import type { Descriptor } from "./base-image.ts";
import { mapConcurrently } from "./concurrency.ts";
import { parseReference } from "./reference.ts";
import type { Registry } from "./registry.ts";
import { RegistryError } from "./registry-error.ts";

/** Larger layers are asked for, not read: those of base images have gigabytes. */
const READ_LIMIT = 64 * 2 ** 20;

/** Errors: TR7066, and what the registry itself is to blame for (TR704x). */
export async function checkImages(
  references: readonly string[],
  registry: (host: string) => Registry,
): Promise<readonly Diagnostic[]> {
  const found: Diagnostic[] = [];
  await mapConcurrently([...new Set(references)].sort(), 3, async (image) => {
    try {
      const problem = await problemOf(image, registry);
      if (problem !== undefined) found.push(diagnostic("TR7066", { image, problem }));
    } catch (error) {
      if (!(error instanceof RegistryError)) throw error;
      // Other bytes than the digest's are the finding itself; a registry that does not answer is told as that.
      if (error.code === "TR7043") found.push(diagnostic("TR7066", { image, problem: uncapitalized(error.message) }));
      else found.push(error.at());
    }
  });
  return found.sort((a, b) => (a.message < b.message ? -1 : 1));
}

async function problemOf(image: string, registry: (host: string) => Registry): Promise<string | undefined> {
  const reference = parseReference(image);
  if ("problem" in reference || reference.digest === undefined) return "it is not named by its digest";
  const { repository } = reference;
  const client = registry(reference.host);
  const manifest = await client.manifest(repository, reference.digest);
  if (manifest === undefined) return "the registry has no such manifest";
  const { config, layers = [] } = JSON.parse(Buffer.from(manifest.bytes).toString("utf8")) as {
    config?: Descriptor;
    layers?: readonly Descriptor[];
  };
  for (const blob of [...(config === undefined ? [] : [config]), ...layers]) {
    if (!(await client.hasBlob(repository, blob.digest))) return `the registry lacks its blob ${blob.digest}`;
    if (blob.size > READ_LIMIT) continue;
    for await (const _ of await client.openBlob(repository, blob)) {
      // Read to its end, where its digest is compared.
    }
  }
  return undefined;
}

function uncapitalized(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, "");
}
