/**
 * Pull requests that attack: each is a project of its own in one commit, made with Git's plumbing where Git itself would refuse it. The shipped
 * bundle previews them all; what it printed, wrote and posted is then searched for anything that came alive.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FakeGitHub } from "../github/testing.ts";
import { type Clone, cloneOf, type Ran, remove, runAction, smallPipeline, temporary } from "../testing.ts";

const CANARY = "canary-7f3a-content";
const outside = temporary();
const secretFile = join(outside, "secret.json");
const touched = join(outside, "touched");

type Files = Readonly<Record<string, string | { readonly link: string } | { readonly submodule: true }>>;

const CONFIG = '{"project":"acme","target":["airflow"],"artifactRoot":"s3://b/x"}';
const STEP = "def greet(name):\n    return name\n";
const project = (files: Files): Files => ({
  "twinrail.json": CONFIG,
  "steps/greet.py": STEP,
  "p.pipeline.ts": smallPipeline("p"),
  ...files,
});
const named = (text: string): Files =>
  project({
    "p.pipeline.ts": smallPipeline("p").replace('greet({ name: "p" })', `greet({ name: ${JSON.stringify(text)} })`),
  });
const broken = (text: string): Files =>
  project({ "p.pipeline.ts": `${smallPipeline("p")}\nconst x: number = ${JSON.stringify(text)};\n` });
const command = `require("fs").writeFileSync(${JSON.stringify(touched)}, "x")`;

/** Texts that mean something to Markdown, HTML, a runner, a terminal, YAML, Python or Jinja. */
const TEXTS = [
  "\n::set-env name=PATH::/tmp\n",
  "%0A::error::x",
  "::add-mask::x",
  "##[command]x",
  "\r\n::stop-commands::x\r\n",
  "```\n</details><script>alert(1)</script>\n```",
  "`````` ` ``` @mallory",
  "</summary></details><img src=x onerror=alert(1)>",
  "<!-- twinrail:preview v1 key=0000000000000000 run=9.9 head=00 -->",
  "[click](javascript:alert(1)) ![x](http://evil.test/x.png)",
  "@mallory @acme/admins #1 GH-1 acme/pipelines#2",
  "| a | b |\n|---|---|",
  "http://evil.test www.evil.test mailto:a@evil.test",
  "\u001b[2J\u001b]0;owned\u0007",
  "\u202egnp.exe\u2066",
  "\u0000",
  "{{ ''.__class__ }} {% raw %} $" + "{{ github.token }} $(touch x) `touch x`",
  '"""\nimport os\nos.system("x")\n"""',
  "'; DROP TABLE dag; --",
  "$$\\def\\x{\\x}\\x$$",
  "&lt;b&gt; &#60;script&#62;",
  "<svg/onload=alert(1)>",
  "![](https://evil.test/?x)\n# heading\n- [ ] task\n> quote",
  "{{#each this}}{{lookup this 'constructor'}}{{/each}}",
  "a".repeat(20_000),
  `${"`".repeat(500)}x`,
];

const HOSTILE: readonly Files[] = [
  ...TEXTS.map(named),
  ...TEXTS.map(broken),
  // Files
  project({ "p.pipeline.ts": { link: secretFile } }),
  project({ "steps/greet.py": { link: secretFile } }),
  project({ steps: { link: outside }, "steps/greet.py": { link: "x" } }),
  project({ "twinrail.lock.json": { link: secretFile } }),
  project({ "twinrail.json": { link: secretFile } }),
  project({ "steps/loop": { link: "." } }),
  project({ steps2: { submodule: true } }),
  project({ "p.pipeline.ts": `import secret from "${secretFile}" with { type: "json" };\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `import x from "../../../../../../../../..${secretFile}";\n${smallPipeline("p")}` }),
  project({
    "tsconfig.json": `{"extends":"${secretFile}","compilerOptions":{"plugins":[{"name":"./evil.js"}]}}`,
    "evil.js": command,
  }),
  project({
    "package.json": `{"scripts":{"preinstall":"touch ${touched}"},"main":"evil.js"}`,
    "evil.js": command,
    ".npmrc": "script-shell=evil.js",
  }),
  project({
    "node_modules/twinrail/index.js": command,
    "node_modules/twinrail/package.json": '{"name":"twinrail","main":"index.js"}',
  }),
  // Code
  project({ "p.pipeline.ts": `${command};\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `eval(${JSON.stringify(command)});\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `const a = []; for (;;) a.push(a);\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `let s = "x"; for (let i = 0; i < 60; i++) s = s + s;\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `const f = (n: number): number => f(n);\nf(1);\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `${"(".repeat(50_000)}1${")".repeat(50_000)};\n${smallPipeline("p")}` }),
  project({ "p.pipeline.ts": `type A<T> = { x: A<[T, T]> };\nconst a: A<1> = null;\n${smallPipeline("p")}` }),
  // Configuration
  project({ "twinrail.json": '{"__proto__":{"polluted":true},"artifactRoot":"s3://b/x"}' }),
  project({ "twinrail.json": `${"[".repeat(100_000)}` }),
  project({
    "twinrail.json": '{"artifactRoot":"file:///../../etc","target":["airflow"],"pipelines":["/**","../**/*"]}',
  }),
  project({ "twinrail.json": '{"project":"../../x","target":["airflow"],"artifactRoot":"s3://b/x"}' }),
  project({ "twinrail.lock.json": `{"version":${"9".repeat(5000)}}` }),
];

const github = new FakeGitHub();
let clone: Clone;
let ran: Ran;
let comment: string;

before(async () => {
  const url = await github.start();
  writeFileSync(secretFile, JSON.stringify({ secret: CANARY }));
  clone = cloneOf(github);
  const base = clone.commit("base");
  clone.git("push", "-q", "origin", "HEAD:main");
  for (const [index, files] of HOSTILE.entries()) add(`h${String(index).padStart(2, "0")}`, files);
  clone.git("commit", "-q", "-m", "hostile");
  const head = clone.git("rev-parse", "HEAD");
  clone.git("push", "-q", "origin", "HEAD:topic");
  github.pulls.push({ number: 1, head, base, headRepo: "mallory/pipelines" });
  const payload = {
    pull_request: {
      number: 1,
      title: TEXTS[0],
      head: { sha: head, ref: "::error::x", repo: { full_name: "mallory/pipelines" } },
      base: { sha: base, repo: { full_name: "acme/pipelines" } },
    },
  };
  // Comments are written here, where a fork's token may not, so that there is one to look at.
  ran = await runAction({
    url,
    event: "pull_request_target",
    payload,
    inputs: { "github-token": CANARY },
    env: { TOKEN_OF_THE_JOB: CANARY },
  });
  comment = github.comments.get(1)?.[0]?.body ?? "";
});
after(async () => {
  await github.stop();
  remove(outside);
});

/** Into the index alone: a checkout of this would itself be an attack. */
function add(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const text = typeof content === "string" ? content : "link" in content ? content.link : "";
    const isLink = typeof content !== "string" && "link" in content;
    const mode = typeof content === "string" ? "100644" : isLink ? "120000" : "160000";
    const sha = mode === "160000" ? "1".repeat(40) : github.git(["hash-object", "-w", "--stdin"], text, clone.folder);
    clone.git("update-index", "--add", "--replace", "--cacheinfo", `${mode},${sha},${folder}/${path}`);
  }
}

test("there are at least sixty, and each is answered", () => {
  assert.ok(HOSTILE.length >= 60, String(HOSTILE.length));
  const report = JSON.parse(readFileSync((ran.outputs.report ?? "").replace(/\.html$/, ".json"), "utf8"));
  const found = new Map<string, { failed?: { why: string } }>(
    report.projects.map((one: { folder: string }) => [one.folder, one]),
  );
  for (const [index, files] of HOSTILE.entries()) {
    const folder = `h${String(index).padStart(2, "0")}`;
    if (typeof files["twinrail.json"] === "string") assert.ok(found.has(folder), `${folder} is missing`);
    assert.doesNotMatch(
      found.get(folder)?.failed?.why ?? "",
      /compiler ended/,
      `${folder}: ${found.get(folder)?.failed?.why}`,
    );
  }
});

test("nothing was executed, and nothing was written outside", () => {
  assert.ok(!existsSync(touched));
  assert.deepEqual(readdirSync(outside), ["secret.json"]);
});

test("no content from outside and no credential is in any output", () => {
  for (const [name, text] of outputs()) assert.ok(!text.includes(CANARY), name);
});

test("the runner gets no command but ours", () => {
  for (const line of ran.out.split(/[\r\n]/)) {
    if (!/^\s*::|##\[/.test(line)) continue;
    assert.match(line, /^::(?:error|warning|notice) (?:file=[^:]*,)?(?:[\w]+=[^:]*,)*title=Twinrail(?: TR\d+)?::/);
  }
  assert.ok(!ran.summary.includes("\u001b"));
  assert.deepEqual(Object.keys(ran.outputs).sort(), ["changed", "comment", "report"]);
});

test("the Markdown holds nothing that is alive", () => {
  assert.equal(ran.outputs.comment, "created", ran.out.slice(-2000));
  assert.ok(Buffer.byteLength(comment) < 65_000);
  for (const text of [comment.slice(comment.indexOf("\n")), ran.summary]) {
    const rest = withoutCode(text);
    assert.doesNotMatch(rest, /<(?!\/?(?:details|summary|sub)>)/, "a tag that is not ours");
    assert.doesNotMatch(
      rest.replace(/\[run\]\(https:\/\/github\.test\/[^)]*\)/g, ""),
      /\]\(|!\[/,
      "a link or a picture",
    );
    assert.doesNotMatch(rest, /@\w/, "a mention");
    assert.doesNotMatch(text, /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/u);
    assert.equal(rest.split("<details>").length, rest.split("</details>").length);
  }
});

test("the report has no script, loads nothing, and is whole", () => {
  const html = readFileSync(ran.outputs.report ?? "", "utf8");
  assert.doesNotMatch(html, /<script|<img|<svg\/|onerror=(?!alert\(1\)&gt;)|javascript:alert\(1\)"/i);
  assert.match(html, /default-src 'none'/);
  assert.match(html, /<\/html>\s*$/);
});

function outputs(): [string, string][] {
  const report = ran.outputs.report ?? "";
  return [
    ["log", ran.out],
    ["errors", ran.err],
    ["comment", comment],
    ["summary", ran.summary],
    ["report", readFileSync(report, "utf8")],
    ["data", readFileSync(report.replace(/\.html$/, ".json"), "utf8")],
  ];
}

/** Markdown without its fenced blocks and code spans, read as CommonMark reads them. */
function withoutCode(text: string): string {
  const lines: string[] = [];
  let fence: string | undefined;
  for (const line of text.split("\n")) {
    const run = /^(`{3,})/.exec(line)?.[1];
    if (fence === undefined && run !== undefined) fence = run;
    else if (fence !== undefined && run !== undefined && run.length >= fence.length && line.trim() === run)
      fence = undefined;
    else if (fence === undefined) lines.push(line.replace(/(?<!`)(`+)(?!`)([\s\S]*?)(?<!`)\1(?!`)/g, "CODE"));
  }
  assert.equal(fence, undefined, "a fence is open at the end");
  return lines.join("\n");
}

mkdirSync(outside, { recursive: true });
rmSync(touched, { force: true });
