/** An S3 that takes everything and keeps nothing: Metaflow compiles only where it can upload. */
import { createServer } from "node:http";

export interface FakeS3 {
  readonly url: string;
  close(): void;
}

export async function startFakeS3(): Promise<FakeS3> {
  const server = createServer((request, response) => {
    // Nothing is ever there, so that every run uploads, as the first one does.
    request.resume().on("end", () => response.writeHead(request.method === "PUT" ? 200 : 404, { ETag: '"0"' }).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, close: () => server.close() };
}
