/** Broken and hostile registries: a clear error, nothing half done, and no login where it does not belong. */
import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { sha256 } from "./layer.ts";
import type { Registry } from "./registry.ts";
import { registries } from "./registry.ts";
import { testImage } from "./testing.ts";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

interface Fake {
  readonly host: string;
  /** `METHOD path authorization` of each request. */
  readonly seen: string[];
}

async function fake(answer: Answer): Promise<Fake> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? "-"}`);
    request.resume();
    answer(request, response);
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, seen };
}

const waits: number[] = [];
const LOGIN = `Basic ${Buffer.from("acme:opensesame").toString("base64")}`;

function client(host: string, credentials: string | undefined = LOGIN): Registry {
  const wait = async (milliseconds: number) => waits.push(milliseconds);
  return registries({ credentials: (asked) => (asked === host ? credentials : undefined), wait })(host);
}

const IMAGE = testImage();

function sendManifest(response: ServerResponse, text = IMAGE.manifest): void {
  response.writeHead(200, { "content-type": IMAGE.mediaType }).end(text);
}

test("a token is fetched with the login, and sent to the registry alone", async () => {
  const store = await fake((_, response) => sendManifest(response));
  const tokens = await fake((_, response) => response.end(JSON.stringify({ access_token: "t0ken" })));
  const registry = await fake((request, response) => {
    if (request.headers.authorization !== "Bearer t0ken") {
      const challenge = `Bearer realm="http://${tokens.host}/token",service="reg",scope="repository:a/b:pull"`;
      response.writeHead(401, { "www-authenticate": challenge }).end();
    } else response.writeHead(307, { location: `http://${store.host}/data?signature=x` }).end();
  });
  const manifest = await client(registry.host).manifest("a/b", "v1");
  assert.equal(manifest?.digest, IMAGE.digest);
  assert.deepEqual(registry.seen, ["GET /v2/a/b/manifests/v1 -", "GET /v2/a/b/manifests/v1 Bearer t0ken"]);
  assert.deepEqual(tokens.seen, [`GET /token?service=reg&scope=repository%3Aa%2Fb%3Apull ${LOGIN}`]);
  assert.deepEqual(store.seen, ["GET /data?signature=x -"]);
});

test("an expired token is fetched again", async () => {
  let issued = 0;
  const registry = await fake((request, response) => {
    if (request.url?.startsWith("/token")) return response.end(JSON.stringify({ token: `t${++issued}` }));
    if (request.headers.authorization === `Bearer t${issued}`) return sendManifest(response);
    return response.writeHead(401, { "www-authenticate": `Bearer realm="http://${registry.host}/token"` }).end();
  });
  const one = client(registry.host);
  assert.ok(await one.manifest("a/b", "v1"));
  assert.ok(await one.manifest("a/b", "v1"));
  issued += 1; // the registry forgets the token
  assert.ok(await one.manifest("a/b", "v1"));
});

test("addresses that a registry must not point to are not followed", async () => {
  for (const target of [
    "http://169.254.169.254/latest/meta-data",
    "http://10.0.0.1/x",
    "http://user:secret@127.0.0.1:9/x",
    "http://[fe80::1]/x",
  ]) {
    const redirecting = await fake((_, response) => response.writeHead(302, { location: target }).end());
    await assert.rejects(client(redirecting.host).manifest("a/b", "v1"), /which is not followed/, target);
    const challenging = await fake((_, response) =>
      response.writeHead(401, { "www-authenticate": `Bearer realm="${target}"` }).end(),
    );
    await assert.rejects(client(challenging.host).manifest("a/b", "v1"), /which is not followed/, target);
    assert.equal(challenging.seen.length, 1);
  }
});

test("bytes are checked against their digest and size", async () => {
  const other = IMAGE.manifest.replace("schemaVersion", "schemaversion");
  const lying = await fake((request, response) => {
    if (request.url?.includes("manifests")) sendManifest(response, other);
    else response.end("x".repeat(10));
  });
  const registry = client(lying.host);
  await assert.rejects(
    registry.manifest("a/b", IMAGE.digest),
    new RegExp(`arrived as ${sha256(other)} instead of ${IMAGE.digest}`),
  );
  const blob = (size: number, text: string) => registry.blob("a/b", { mediaType: "", digest: sha256(text), size });
  assert.equal((await blob(10, "x".repeat(10))).length, 10);
  await assert.rejects(blob(10, "y".repeat(10)), /instead of sha256/);
  await assert.rejects(blob(9, "x".repeat(9)), /arrived as more instead of 9 bytes/);
  await assert.rejects(blob(11, "x".repeat(11)), /arrived as 10 bytes instead of 11 bytes/);
});

test("an answer that breaks off, or never ends, is an error", async () => {
  const breaking = await fake((_, response) => {
    response.writeHead(200, { "content-length": "1000" }).write("{");
    setTimeout(() => response.destroy(), 20);
  });
  await assert.rejects(client(breaking.host).manifest("a/b", "v1"), /the connection broke in the middle/);
  const endless = await fake((_, response) => {
    response.writeHead(200);
    const more = (): unknown => (response.destroyed ? undefined : response.write(Buffer.alloc(65536), more));
    more();
  });
  await assert.rejects(client(endless.host).manifest("a/b", "v1"), /more bytes than a manifest/);
});

test("busy registries are asked again, as late as they say; broken ones a few times", async () => {
  waits.length = 0;
  const busy = await fake((_, response) =>
    busy.seen.length < 3 ? response.writeHead(429, { "retry-after": "2" }).end() : sendManifest(response),
  );
  assert.ok(await client(busy.host).manifest("a/b", "v1"));
  assert.deepEqual(waits, [2000, 2000]);
  const broken = await fake((_, response) => response.writeHead(503).end());
  await assert.rejects(client(broken.host).manifest("a/b", "v1"), /status 503/);
  assert.equal(broken.seen.length, 4);
});

test("a login is in no error", async () => {
  const refusing = await fake((_, response) =>
    response.writeHead(401, { "www-authenticate": 'Basic realm="x"' }).end(),
  );
  await assert.rejects(client(refusing.host).manifest("a/b", "v1"), (error: Error) => {
    assert.match(error.message, /does not let these credentials pull a\/b/);
    assert.ok(!error.message.includes("opensesame") && !error.message.includes(LOGIN.slice(6)));
    return true;
  });
});

test("a copy whose source is not what it should be is not stored", async () => {
  const source = await fake((_, response) => response.end("tampered!!"));
  const target = await fake((request, response) => {
    if (request.method === "POST") response.writeHead(202, { location: "/upload?state=1" }).end();
    else request.on("end", () => response.writeHead(201).end());
  });
  const blob = { mediaType: "", digest: sha256("genuine..."), size: 10 };
  const from = client(source.host);
  const content = async function* () {
    yield* await from.openBlob("a/b", blob);
  };
  await assert.rejects(
    client(target.host).uploadBlob("c/d", blob, () => ReadableStream.from(content())),
    /instead of sha256/,
  );
});

test("an upload may go to another host by TLS only, without the login", async () => {
  const blob = { digest: sha256("x"), size: 1 };
  const elsewhere = await fake((_, response) => response.writeHead(201).end());
  const registry = await fake((_, response) =>
    response.writeHead(202, { location: `http://${elsewhere.host}/store?sig=1` }).end(),
  );
  await client(registry.host).uploadBlob("a/b", blob, () => Buffer.from("x"));
  assert.deepEqual(elsewhere.seen, [`PUT /store?sig=1&digest=${encodeURIComponent(blob.digest)} -`]);
  const plain = await fake((_, response) => response.writeHead(202, { location: "http://10.1.2.3/store" }).end());
  await assert.rejects(
    client(plain.host).uploadBlob("a/b", blob, () => Buffer.from("x")),
    /it is not TLS/,
  );
});
