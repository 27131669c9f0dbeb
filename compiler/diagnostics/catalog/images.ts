/** TR7xxx: 700x the lock, 701x images, 702x the steps' sources, 703x requirements, 704x registries, 706x verify, 708x the shared environment. See ../catalog.ts for the shape of an entry. */
import { sharedEnvironment } from "./images-environment.ts";
import { registry } from "./images-registry.ts";
import { requirements } from "./images-requirements.ts";
import { sources } from "./images-sources.ts";
import { verification } from "./images-verify.ts";

type Step = { step: string };

const own = {
  TR7001: {
    severity: "error",
    title: "An image is not in the lock file",
    message: (p: { image: string; lockMissing: boolean }): string =>
      p.lockMissing
        ? `There is no twinrail.lock.json, so nothing says which image \`${p.image}\` is today.`
        : `\`${p.image}\` is not in twinrail.lock.json, so nothing says which image that is today.`,
    help: (): string => "Run `twinrail lock` and commit twinrail.lock.json.",
  },
  TR7002: {
    severity: "error",
    title: "The lock file is not valid",
    message: (p: { path: string; expects: string }): string =>
      `${p.path === "" ? "The lock file" : `\`${p.path}\``} must be ${p.expects}.`,
    help: (): string =>
      "The file is written by `twinrail lock`; after a merge conflict, take either side and run it again.",
  },
  TR7003: {
    severity: "error",
    title: "The lock file was changed by hand",
    message: (p: { image: string; part: string; locked: string; actual: string }): string =>
      `The ${p.part} of \`${p.image}\` in the lock file does not have the digest that it is locked to: ${p.actual} instead of ${p.locked}.`,
    help: (): string => "Run `twinrail lock --update`, and look at what changes.",
  },
  TR7004: {
    severity: "error",
    title: "The lock file is for another runtime",
    message: (p: { locked: string; version: string; sameVersion: boolean }): string =>
      p.sameVersion
        ? `This Twinrail's runtime says it is ${p.version} like the locked one, but its layer has another digest.`
        : `The lock file is for runtime ${p.locked}, this Twinrail has ${p.version}.`,
    help: (p: { locked: string; version: string; sameVersion: boolean }): string =>
      p.sameVersion
        ? "Reinstall Twinrail, or run `twinrail lock` to take this one."
        : "Run `twinrail lock` to take this one, or use the locked version.",
  },
  TR7005: {
    severity: "error",
    title: "The lock file is from a newer Twinrail",
    message: (p: { version: string }): string =>
      `The lock file has format ${p.version}, which this Twinrail does not know.`,
    help: (): string => "Use the Twinrail version that wrote it.",
  },
  TR7006: {
    severity: "error",
    title: "The lock file is stale",
    message: (p: { names: readonly string[] }): string =>
      `No pipeline uses ${p.names.map((name) => `\`${name}\``).join(", ")} any more, and the lock file still has ${p.names.length === 1 ? "it" : "them"}.`,
    help: (): string => "Run `twinrail lock` and commit twinrail.lock.json; `--no-locked` compiles all the same.",
  },
  TR7007: {
    severity: "error",
    title: "Nothing of that name to lock",
    message: (p: { name: string; has: readonly string[] }): string =>
      `No pipeline uses \`${p.name}\`${p.has.length === 0 ? "" : `; what is locked: ${p.has.map((name) => `\`${name}\``).join(", ")}`}.`,
    help: (): string => "Name it as it is written in the pipelines, or leave the names out to update all.",
  },
  TR7010: {
    severity: "error",
    title: "Not an image reference",
    message: (p: { image: string; reason: string }): string => `\`${p.image}\` is not an image reference: ${p.reason}.`,
    help: (): string => "Write `name:tag`, `registry/name:tag` or `registry/name@sha256:…`.",
  },
  TR7011: {
    severity: "error",
    title: "A step has no image",
    message: (p: Step & { placement: "shared" | "isolated" }): string =>
      p.placement === "isolated"
        ? `Step \`${p.step}\` runs in a container but names no image.`
        : `Step \`${p.step}\` is shared; to run in a container, it needs the image that \`sharedImage\` in twinrail.json names, which is missing.`,
    help: (p: Step & { placement: "shared" | "isolated" }): string =>
      p.placement === "isolated"
        ? 'Add `image: "…"` to the step.'
        : 'Add `"sharedImage": "python:3.11-slim"` (or what your steps need) to twinrail.json.',
  },
  TR7012: {
    severity: "error",
    title: "No registry for step images",
    message: (p: Step): string =>
      `Step \`${p.step}\` runs in a container: its image has to be pushed somewhere, and twinrail.json names no \`registry\`.`,
    help: (): string => 'Add `"registry": "registry.acme.com/churn"` to twinrail.json.',
  },
  TR7013: {
    severity: "error",
    title: "An image is not for linux/amd64",
    message: (p: { image: string; platform: string }): string =>
      `\`${p.image}\` is an image for ${p.platform}; Twinrail's runtime layer exists for linux/amd64 only.`,
    help: (): string => "Use an image that is built for linux/amd64.",
  },
  TR7014: {
    severity: "error",
    title: "A layer cannot be put on this image",
    message: (p: { image: string; reason: string }): string =>
      `\`${p.image}\` cannot be a step's base image: ${p.reason}.`,
    help: (): string =>
      "Use an image in OCI or Docker (schema 2) format; pushing it once with a recent Docker or skopeo converts it.",
  },
  TR7015: {
    severity: "error",
    title: "The runtime layer is not built",
    message: (p: { reason: string }): string => `Twinrail's runtime layer cannot be read: ${p.reason}.`,
    help: (): string => "In a checkout of Twinrail, run `npm run build`; else reinstall the package.",
  },
} as const;

export const images: typeof own &
  typeof sources &
  typeof registry &
  typeof requirements &
  typeof verification &
  typeof sharedEnvironment = {
  ...own,
  ...sources,
  ...registry,
  ...requirements,
  ...verification,
  ...sharedEnvironment,
};
