/** What the GitHub Action starts: without arguments the action, with some the command line, which the action itself starts to compile. */
async function start(): Promise<void> {
  if (process.argv.length > 2) {
    await import("./main.ts");
    return;
  }
  const { runAction } = await import("../gitops/action/main.ts");
  process.exitCode = await runAction();
}

void start();
