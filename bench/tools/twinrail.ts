/** Twinrail itself: a cold compile with a full type check through the command line that the package ships. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT, VERSION } from "../../compiler/package.ts";
import { type ShapeTask, stagesOf } from "../shapes.ts";
import type { Command, Tool } from "./tool.ts";

const PYTHON = `def first() -> int:
    return 1


def work(x: int) -> int:
    return x + 1


def join(parts: list[int]) -> int:
    return sum(parts)
`;

const STEPS = `import { shared } from "twinrail";

export const first = shared<{}, number>({ run: "steps/work.py:first" });
export const work = shared<{ x: number }, number>({ run: "steps/work.py:work" });
export const join = shared<{ parts: number[] }, number>({ run: "steps/work.py:join" });
`;

/** `cache: false` is the first start after an installation: nothing is left of V8's work. */
export function twinrail(target: "airflow" | "argo", { cache = true }: { cache?: boolean } = {}): Tool {
  return {
    name: `twinrail ${target}${cache ? "" : ", no code cache"}`,
    refuses: (tasks) =>
      target === "argo" && tasks.length > ARGO_TASKS
        ? `refused: Argo keeps a workflow in 1 MiB, enough for about ${ARGO_TASKS} tasks`
        : undefined,
    prepare(folder, tasks) {
      writeProject(folder, { "bench.pipeline.ts": pipelineSource("bench", tasks) });
      const command = compileCommand(folder, target);
      return cache ? command : { ...command, env: { NODE_DISABLE_COMPILE_CACHE: "1" } };
    },
  };
}

/** Above it, diagnostic TR6017. What other tools emit with more than 200 tasks in a DAG is refused when it is applied. */
const ARGO_TASKS = 1500;

/** Compiles all pipelines of a project folder into a folder beside it. */
export function compileCommand(folder: string, target: "airflow" | "argo"): Command {
  const bin = (JSON.parse(readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8")) as { bin: { twinrail: string } })
    .bin;
  const output = `${folder}-out`;
  const argv = [process.execPath, join(PACKAGE_ROOT, bin.twinrail), "compile", "--target", target, "--out", output];
  return { argv, cwd: folder, output };
}

export function writeProject(folder: string, pipelines: Readonly<Record<string, string>>): void {
  const files: Record<string, string> = {
    "twinrail.json": JSON.stringify({
      project: "bench",
      target: ["airflow"],
      artifactRoot: "s3://bench/artifacts",
      clusters: { main: { connection: "main", namespace: "bench" } },
      registry: "registry.example/bench",
      sharedImage: BASE_IMAGE,
    }),
    "twinrail.lock.json": lockText(),
    "steps.ts": STEPS,
    "steps/work.py": PYTHON,
    ...pipelines,
  };
  mkdirSync(join(folder, "steps"), { recursive: true });
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder, path), text);
}

export function pipelineSource(name: string, tasks: readonly ShapeTask[]): string {
  const lines = stagesOf(tasks).map((stage) => {
    const calls = stage.map(callOf);
    if (calls.length === 1) return `  const ${stage[0]?.name} = await ${calls[0]};\n`;
    const names = stage.map((task) => task.name).join(", ");
    return `  const [${names}] = await Promise.all([\n${calls.map((call) => `    ${call},\n`).join("")}  ]);\n`;
  });
  return `import { pipeline } from "twinrail";
import { first, join, work } from "./steps.ts";

export default pipeline({ name: "${name}" }, async () => {
${lines.join("")}});
`;
}

function callOf({ name, kind, after }: ShapeTask): string {
  if (kind === "first") return `first({}, { name: "${name}" })`;
  if (kind === "work") return `work({ x: ${after[0]} }, { name: "${name}" })`;
  return `join({ parts: [${after.join(", ")}] }, { name: "${name}" })`;
}

const BASE_IMAGE = "registry.example/python:3.11";

/** What `twinrail lock` would write, had the registry an image of one empty layer. */
function lockText(): string {
  const config = JSON.stringify({
    architecture: "amd64",
    config: {},
    os: "linux",
    rootfs: { diff_ids: [digest("")], type: "layers" },
  });
  const manifest = JSON.stringify({
    config: { digest: digest(config), mediaType: "application/vnd.oci.image.config.v1+json", size: config.length },
    layers: [{ digest: digest(""), mediaType: "application/vnd.oci.image.layer.v1.tar", size: 0 }],
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    schemaVersion: 2,
  });
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  const images = { [BASE_IMAGE]: { digest: digest(manifest), platform: "linux/amd64", mediaType, manifest, config } };
  const layer = JSON.parse(readFileSync(join(PACKAGE_ROOT, "dist/runtime-layer/layer.json"), "utf8")) as Record<
    string,
    unknown
  >;
  const runtime = { version: layer.version, digest: layer.digest, diffId: layer.diffId, size: layer.size };
  return JSON.stringify({ version: 1, twinrail: VERSION, images, runtime });
}

function digest(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}
