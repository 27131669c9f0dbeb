/** The GitHub Action: inputs from the environment, one command, a job's summary whatever happens. */

import { GitError } from "../git.ts";
import { ApiError, openApi } from "../github/api.ts";
import { runApply } from "./apply.ts";
import { repositoryOf, UsageError } from "./event.ts";
import { runPreview } from "./preview.ts";
import { runPublish } from "./publish.ts";
import { actionRunner, type Runner } from "./runner.ts";

const COMMANDS: Readonly<Record<string, typeof runPreview>> = {
  preview: runPreview,
  publish: runPublish,
  apply: runApply,
};

export async function runAction(runner: Runner = actionRunner()): Promise<number> {
  try {
    const name = runner.input("command") || "preview";
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined)
      throw new UsageError(`\`command\` is ${Object.keys(COMMANDS).join(", ")}, not ${JSON.stringify(name)}`);
    const token = runner.input("github-token");
    const api = openApi({
      baseUrl: runner.env.GITHUB_API_URL || "https://api.github.com",
      ...(token === "" ? {} : { token }),
      onRetry: (message) => runner.log(message),
    });
    return (await command(runner, api, repositoryOf(runner.env))) ? 0 : 1;
  } catch (error) {
    const expected = error instanceof ApiError || error instanceof GitError || error instanceof UsageError;
    const message =
      error instanceof Error ? (expected ? error.message : (error.stack ?? error.message)) : String(error);
    runner.error(message);
    runner.summary("## Twinrail\n\n❌ This run failed; its log says why.\n");
    return 1;
  }
}
