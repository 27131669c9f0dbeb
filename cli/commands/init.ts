import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { PACKAGE_ROOT } from "../../compiler/package.ts";
import { EXIT, Exit, type Terminal } from "../terminal.ts";

interface Options {
  readonly github?: boolean;
  readonly uses?: string;
  readonly branch: string;
  readonly root: string;
  readonly force?: boolean;
}

const FILES = ["twinrail-preview.yml", "twinrail-preview-forks.yml", "twinrail-deploy.yml"];

export function addInit(program: Command, terminal: Terminal): void {
  program
    .command("init")
    .summary("write workflow files for GitHub")
    .description(
      "Write GitHub workflows that preview pull requests, also of forks, and publish pushes, with the least permissions that do.",
    )
    .option("--github", "for GitHub Actions (the only kind there is)")
    .option("--uses <action>", "Twinrail's action, pinned: owner/repository@<commit of 40 digits>")
    .option("--branch <name>", "whose pushes are published", "main")
    .option("--root <folder>", "the repository", ".")
    .option("--force", "overwrite workflows that are there")
    .addHelpText(
      "after",
      "\nExamples:\n  twinrail init --github --uses acme/twinrail@4f2a91c0d3b7e5a6918273645546372819abcdef",
    )
    .action((options: Options) => runInit(options, terminal));
}

function runInit({ github, uses = "", branch, root, force = false }: Options, terminal: Terminal): void {
  const refuse = (message: string): never => {
    terminal.err(`${message}\n`);
    throw new Exit(EXIT.usage);
  };
  if (!github) refuse("say for what: `twinrail init --github`");
  // A tag can be moved to another commit by whoever takes over its repository.
  if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses))
    refuse("--uses is owner/repository@<commit of 40 digits>: a tag can be moved");
  if (!/^[\w][\w./-]*$/.test(branch)) refuse(`--branch ${branch} is not the name of a branch`);
  const folder = join(root, ".github/workflows");
  const there = FILES.filter((name) => existsSync(join(folder, name)));
  if (there.length > 0 && !force) refuse(`${there.join(", ")} exists; --force overwrites`);
  mkdirSync(folder, { recursive: true });
  for (const name of FILES) {
    const text = readFileSync(join(PACKAGE_ROOT, "templates/workflows", name), "utf8");
    writeFileSync(join(folder, name), text.replaceAll("TWINRAIL_ACTION", uses).replaceAll("DEFAULT_BRANCH", branch));
    terminal.err(`wrote ${relative(process.cwd(), join(folder, name))}\n`);
  }
}
