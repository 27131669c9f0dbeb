// biome-ignore-all lint/security/noGlobalEval: that it is not there is what is tested
/** Each wrong use is a red line in the editor: the checker must complain exactly where a comment expects it. */
import {
  cron,
  type Dataset,
  type Directory,
  type Duration,
  each,
  type File,
  group,
  isolated,
  type Json,
  type Model,
  type Pipeline,
  pipeline,
  type Quantity,
  run,
  type Step,
  type StepError,
  secret,
  shared,
} from "twinrail";

declare module "twinrail" {
  interface GpuTypes {
    "nvidia-rtx-6000": true;
  }
}

type User = { user: string; age: number };

// Steps ---------------------------------------------------------------------------------------------------------------------------

const extract = shared<{ day: string }, { events: Dataset<User>; raw: Dataset; regions: string[] }>({
  run: "steps/extract.py:extract",
  retries: 3,
  backoff: { initial: "10s", factor: 2, max: "10m" },
  timeout: "24h",
  deadline: "3d",
  env: { MODE: "fast", TOKEN: secret("crm", "token") },
  pool: "etl",
  poolSlots: 2,
  queue: "big",
  priority: 10,
});
const fit = isolated<{ users: Dataset<{ user: string }>; lr?: number }, { model: Model; auc: number }>({
  image: "pytorch/pytorch:2.9-cuda12.6-runtime",
  run: "steps/train.py:train",
  cluster: "gpu",
  resources: {
    cpu: "500m",
    memory: "256Gi",
    sharedMemory: "64Gi",
    ephemeralStorage: "1Ti",
    gpu: { type: "nvidia-rtx-6000", count: 8 },
  },
  nodeSelector: { zone: "a" },
  tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }],
  serviceAccount: "trainer",
  labels: { team: "growth" },
  annotations: { note: "x" },
});
const ping = shared({ run: "steps/ping.py:ping" });
const count = shared<{ limit?: number }, number>({ run: "steps/count.py:count" });
const anything = shared<{ value: Json; file: File; folder: Directory }, Json>({ run: "steps/any.py:any" });
const inferred: Step<{ x: number }, void> = shared({ run: "steps/x.py:x" });
const isFraction: Duration = "1.5h";
const isBytes: Quantity = "512Mi";

// @ts-expect-error not `<file>.py:<function>`
shared({ run: "steps/extract" });
// @ts-expect-error `run` is needed
shared({ retries: 3 });
// @ts-expect-error an option of the other rail
shared({ run: "a.py:a", image: "python:3.12" });
// @ts-expect-error an option of the other rail
isolated({ image: "python:3.12", run: "a.py:a", pool: "etl" });
// @ts-expect-error a container needs an image
isolated({ run: "a.py:a" });
// @ts-expect-error a misspelt option
shared({ run: "a.py:a", retry: 3 });
// @ts-expect-error a duration has a unit
shared({ run: "a.py:a", timeout: 60 });
// @ts-expect-error no such unit
shared({ run: "a.py:a", timeout: "60 seconds" });
// @ts-expect-error no such unit
shared({ run: "a.py:a", backoff: { initial: "10ms" } });
// @ts-expect-error no such GPU
isolated({ image: "i", run: "a.py:a", resources: { gpu: { type: "nvidia-tesla-v1000", count: 1 } } });
// @ts-expect-error a GPU type needs a count
isolated({ image: "i", run: "a.py:a", resources: { gpu: { type: "nvidia-l4" } } });
// @ts-expect-error not a quantity
isolated({ image: "i", run: "a.py:a", resources: { memory: "256 GB" } });
// @ts-expect-error not a quantity
isolated({ image: "i", run: "a.py:a", resources: { cpu: "4 cores" } });
// @ts-expect-error a secret is a reference where a secret may stand, and nothing else
shared({ run: "a.py:a", pool: secret("crm", "token") });
// @ts-expect-error environment variables are strings
shared({ run: "a.py:a", env: { PORT: 8080 } });
// @ts-expect-error functions cannot travel
shared<{ f: () => void }>({ run: "a.py:a" });
// @ts-expect-error bigints cannot travel
shared<{ n: bigint }>({ run: "a.py:a" });
// @ts-expect-error symbols cannot travel
isolated<{ s: symbol }>({ image: "i", run: "a.py:a" });

// Calls ---------------------------------------------------------------------------------------------------------------------------

async function calls(): Promise<void> {
  const { events, raw, regions } = await extract({ day: run.day });
  await extract({ day: run.id }, { name: "again" });
  const { model, auc } = await fit({ users: events });
  await fit({ users: events, lr: auc });
  await ping();
  await ping({}, { name: "pong" });
  const known: number = await count();
  await count({ limit: known });
  await inferred({ x: 1 });
  const parts = await Promise.all(regions.map((region) => extract({ day: region })));
  const [first, second] = await Promise.all([count(), extract({ day: "x" })]);
  const sum: number = first + second.regions.length;
  const settled = await Promise.allSettled([count()]);
  const kept: readonly number[] = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const named = group("eu", () => count());
  const looped: number[] = await each(regions, { key: (region) => region, concurrency: 2 }, () => count());
  const frames: Dataset<User>[] = parts.map((part) => part.events);
  try {
    await ping();
  } catch (error) {
    const { step, attempt, message } = error as StepError;
    await anything({
      value: [step ?? null, attempt ?? 0, message, sum, kept.length, looped, await named],
      ...artifacts,
    });
  }

  // @ts-expect-error a missing input
  await extract({});
  // @ts-expect-error a missing input
  await extract();
  // @ts-expect-error an input too many
  await extract({ day: "x", region: "eu" });
  // @ts-expect-error an input too many
  await ping({ day: "x" });
  // @ts-expect-error an input of another type
  await extract({ day: 20260101 });
  // @ts-expect-error no such output
  (await extract({ day: "x" })).rows;
  // @ts-expect-error nothing is returned
  const nothing: string = await ping();
  // @ts-expect-error not awaited
  await fit({ users: extract({ day: "x" }) });
  // @ts-expect-error not awaited
  extract({ day: "x" }).events;
  // @ts-expect-error rows of unknown columns
  await fit({ users: raw });
  // @ts-expect-error another kind of artifact
  await fit({ users: model });
  // @ts-expect-error an artifact is not its path
  await fit({ users: "s3://bucket/users" });
  // @ts-expect-error no such call option
  await extract({ day: "x" }, { retries: 3 });
  // @ts-expect-error no such field of the run
  await extract({ day: run.date });
  // @ts-expect-error rows without a column that is needed
  const older: Dataset<User & { height: number }> = events;
  // @ts-expect-error a list item may be missing
  await extract({ day: regions[0] });
  // @ts-expect-error an unknown loop option
  await each(regions, { parallel: 2 }, () => count());
  return void [nothing, older, frames];
}

declare const artifacts: { file: File; folder: Directory };

// Pipelines -----------------------------------------------------------------------------------------------------------------------

const may = shared<{ day: string }, { rows: number }>({ run: "a.py:may", allowFailure: true });
const train = isolated<void, number>({ image: "python:3.11", run: "a.py:train", allowFailure: true });
pipeline<{ day: string }>(
  {
    name: "ends",
    deadline: "12h",
    onFailure: async (error, { day }) => {
      await extract({ day: `${day} ${error.step ?? ""} ${error.attempt ?? 0} ${error.message}` });
    },
    onSuccess: async () => {
      await ping();
    },
  },
  async ({ day }) => {
    const rows: number | undefined = (await may({ day }))?.rows;
    const score: number | undefined = await train();
    // @ts-expect-error there may be nothing
    (await may({ day })).rows;
    const [end] = await Promise.allSettled([ping()]);
    if (end.status === "rejected") return [end.reason.step, end.reason.attempt, end.reason.message];
    return [rows, score];
  },
);
// @ts-expect-error a callback is asynchronous
pipeline({ name: "sync", onSuccess: () => {} }, async () => {});
// @ts-expect-error no such parameter
pipeline<{ day: string }>({ name: "other", onFailure: async (_, { hour }) => void hour }, async () => {});
// @ts-expect-error a duration has a unit
pipeline({ name: "late", deadline: "12" }, async () => {});

const plain: Pipeline<{ day: string }> = pipeline<{ day: string }>({ name: "plain" }, async ({ day }) => {
  await extract({ day });
});
pipeline({ name: "without" }, async () => {});
pipeline<{ day?: string; threshold?: number }>(
  {
    name: "churn",
    schedule: cron("0 3 * * *", {
      timezone: "Europe/Berlin",
      start: "2026-01-01",
      end: "2027-01-01T03:00",
      catchup: true,
    }),
    tags: ["ml"],
    owner: "growth",
    maxActiveRuns: 1,
    labels: { team: "growth" },
  },
  async ({ day = run.day, threshold = 0.8 }) => {
    await extract({ day });
    await count({ limit: threshold });
  },
);
pipeline(
  { name: "annotated", schedule: cron("@daily" as "0 0 * * *") },
  async ({ day = run.day }: { day?: string }) => {
    await extract({ day });
  },
);

// @ts-expect-error nobody is there to give `day`
pipeline<{ day: string }>({ name: "scheduled", schedule: cron("0 3 * * *") }, async () => {});
// @ts-expect-error catch-up from when?
cron("0 3 * * *", { catchup: true });
// @ts-expect-error four fields
cron("0 3 * *");
// @ts-expect-error not a date
cron("0 3 * * *", { start: "yesterday" });
// @ts-expect-error a pipeline has a name
pipeline({}, async () => {});
// @ts-expect-error a pipeline's function is asynchronous
pipeline({ name: "sync" }, () => {});
// @ts-expect-error a schedule is made by `cron`
pipeline({ name: "text", schedule: "0 3 * * *" }, async () => {});
// @ts-expect-error no such option
pipeline({ name: "option", retries: 3 }, async () => {});
// @ts-expect-error a parameter of another type
pipeline<{ limit: string }>({ name: "types" }, async ({ limit }) => void (await count({ limit })));
// @ts-expect-error no such parameter
pipeline<{ limit: number }>({ name: "unknown" }, async ({ limits }) => void limits);
// @ts-expect-error functions cannot be parameters
pipeline<{ f: () => void }>({ name: "functions" }, async () => {});

// The dialect ---------------------------------------------------------------------------------------------------------------------

const names = ["a", "b"];
const upper: string[] = names.map((name) => name.toUpperCase());
const entries: [string, number][] = Object.entries({ a: 1 });
const inside: number = Math.max(1, ...[2, 3].filter((n) => n > 2));
const joined: string = [...names, ...Object.keys({ c: 1 })].join(", ").slice(0, 3).padEnd(5);
const lookup: { [key: string]: number } = Object.fromEntries(names.map((name, i) => [name, i] as const));
const text: string = JSON.stringify(lookup);
for (const [index, name] of names.entries()) void (index + Number(name) + (lookup[name] ?? 0));

// @ts-expect-error no clock
new Date();
// @ts-expect-error no randomness
Math.random();
// @ts-expect-error no environment
process.env.HOME;
// @ts-expect-error no network
fetch("https://example.com");
// @ts-expect-error no output
console.log("x");
// @ts-expect-error no text is run as code
eval("1");
// @ts-expect-error no text is run as code
new Function("return 1");
// @ts-expect-error no locale
(1).toLocaleString();
// @ts-expect-error no locale
"a".localeCompare("b");
// @ts-expect-error no regular expressions
"a".match("b");
// @ts-expect-error an item may be missing
const item: string = names[0];

export { calls, entries, inside, isBytes, isFraction, item, joined, plain, text, upper };
