/** An S3 that takes everything and keeps it in memory: Metaflow compiles only where it can upload. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface FakeS3 {
  readonly url: string;
  close(): void;
}

export async function startFakeS3(): Promise<FakeS3> {
  const objects = new Map<string, Buffer>();
  const server = createServer((request, response) => {
    answer(objects, request, response).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : undefined),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}

async function answer(objects: Map<string, Buffer>, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const key = (request.url ?? "").split("?")[0] ?? "";
  if (request.method === "PUT") {
    objects.set(key, Buffer.concat(chunks));
    response.writeHead(200, { ETag: '"0"' }).end();
    return;
  }
  const found = objects.get(key);
  if (found === undefined) response.writeHead(404).end();
  else
    response
      .writeHead(200, { "Content-Length": found.length, ETag: '"0"' })
      .end(request.method === "HEAD" ? undefined : found);
}
