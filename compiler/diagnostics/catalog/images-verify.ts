/** TR706x: what `verify` and `provenance` find. */
export const verification = {
  TR7060: {
    severity: "error",
    title: "Not an image of Twinrail's",
    message: (p: { image: string }): string => `\`${p.image}\` has no labels that say what it was made of.`,
    help: (): string =>
      "Only step images have them: those below `registry` in twinrail.json, pushed by `twinrail push`.",
  },
  TR7061: {
    severity: "error",
    title: "The source is not what was compiled",
    message: (p: { path: string; change: "changed" | "added" | "removed" }): string =>
      p.change === "removed"
        ? `Source \`${p.path}\` was compiled into what is deployed, and is not in the source now.`
        : p.change === "added"
          ? `Source \`${p.path}\` was not part of what was compiled.`
          : `Source \`${p.path}\` is not what was compiled into what is deployed.`,
    help: (): string => "Verify against the commit that was compiled (`--source`), or compile and deploy this one.",
  },
  TR7062: {
    severity: "error",
    title: "The lock is not what was compiled with",
    message: (p: { what: string; compiled: string; now: string }): string =>
      `${p.what} was locked to ${p.compiled} when this was compiled; the lock file says ${p.now}.`,
    help: (): string =>
      "Verify against the commit that was compiled (`--source`), or compile and deploy with this lock.",
  },
  TR7063: {
    severity: "error",
    title: "A deployed manifest names another image",
    message: (p: { path: string; line: number; deployed: string; compiled: string }): string =>
      `\`${p.path}\`, line ${p.line}, names the image \`${p.deployed}\`; the source compiles to \`${p.compiled}\`.`,
    help: (): string => "Somebody changed the file after it was compiled. Deploy what `twinrail compile` writes.",
  },
  TR7064: {
    severity: "error",
    title: "A generated file was tampered with",
    message: (p: { path: string; problem: string }): string => `\`${p.path}\` ${p.problem}.`,
    help: (): string => "Somebody changed it after it was compiled. Deploy what `twinrail compile` writes.",
  },
  TR7065: {
    severity: "error",
    title: "An index was tampered with",
    message: (p: { path: string; problem: string }): string => `The index \`${p.path}\` ${p.problem}.`,
    help: (): string => "Publish, prune and drift work from it: compile again, and deploy the index with the files.",
  },
  TR7066: {
    severity: "error",
    title: "A deployed image is not in the registry as it was compiled",
    message: (p: { image: string; problem: string }): string => `\`${p.image}\`: ${p.problem}.`,
    help: (): string =>
      "Push it again (`twinrail push`). If bytes have changed, find out who can write to the registry.",
  },
  TR7067: {
    severity: "error",
    title: "Another Twinrail compiled this",
    message: (p: { compiled: string; version: string; reason: string }): string =>
      `Twinrail ${p.compiled} compiled this and this is ${p.version}; ${p.reason}.`,
    help: (p: { compiled: string }): string =>
      `Install Twinrail ${p.compiled} in the project with npm and run \`twinrail lock\`, which records its integrity; or run \`npx twinrail@${p.compiled} verify\`.`,
  },
  TR7068: {
    severity: "error",
    title: "Nothing to verify",
    message: (p: { what: string; reason: string }): string => `${p.what} cannot be verified: ${p.reason}.`,
    help: (): string =>
      "Name a folder that `twinrail compile` wrote (`twinrail verify deploy`), or a commit that holds one (`twinrail verify HEAD`).",
  },
} as const;
