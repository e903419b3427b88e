/** A git repository over HTTP that lets nobody in without the password: `git http-backend` behind a port. */
import { execFileSync, spawn } from "node:child_process";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

export interface GitServer {
  port: number;
  /** What opens it. */
  authorization: string;
  /** Requests that came without it. */
  refusals: number;
  /** Runs git in the bare repository. */
  git(...args: string[]): string;
  close(): void;
}

export async function serveGit(folder: string, authorization: string): Promise<GitServer> {
  const bare = join(folder, "library.git");
  const git = (...args: string[]) => execFileSync("git", ["--git-dir", bare, ...args], { encoding: "utf8" }).trim();
  execFileSync("git", ["init", "--quiet", "--bare", "--initial-branch=main", bare]);
  git("config", "http.receivepack", "true");
  const who = ["-c", "user.name=test", "-c", "user.email=test@test.invalid"];
  const tree = git("hash-object", "-t", "tree", "-w", "/dev/null");
  git("update-ref", "refs/heads/main", git(...who, "commit-tree", "-m", "Begin", tree));
  const state = { refusals: 0 };
  const server = createServer((request, response) => {
    if (request.headers.authorization === authorization) return serve(folder, request, response);
    // Git asks once without and then again with what it has; from in a container it never has any.
    state.refusals++;
    response.writeHead(401, { "www-authenticate": 'Basic realm="test"' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return Object.assign(state, {
    port: (server.address() as AddressInfo).port,
    authorization,
    git,
    close: () => void server.close().closeAllConnections(),
  });
}

/** CGI: what it prints is a head, an empty line and a body. */
function serve(folder: string, request: IncomingMessage, response: ServerResponse): void {
  const { pathname, search } = new URL(request.url ?? "/", "http://git");
  const { headers } = request;
  const env = {
    ...process.env,
    GIT_PROJECT_ROOT: folder,
    GIT_HTTP_EXPORT_ALL: "1",
    PATH_INFO: pathname,
    QUERY_STRING: search.slice(1),
    REQUEST_METHOD: request.method ?? "GET",
    REMOTE_USER: "town",
    REMOTE_ADDR: "127.0.0.1",
    CONTENT_TYPE: headers["content-type"] ?? "",
    CONTENT_LENGTH: headers["content-length"] ?? "",
    HTTP_CONTENT_ENCODING: headers["content-encoding"] ?? "",
    GIT_PROTOCOL: String(headers["git-protocol"] ?? ""),
  };
  const child = spawn("git", ["http-backend"], { env, stdio: ["pipe", "pipe", "inherit"] });
  request.pipe(child.stdin);
  child.stdin.on("error", () => undefined);
  let head = Buffer.alloc(0);
  child.stdout.on("data", (chunk: Buffer) => {
    if (response.headersSent) return void response.write(chunk);
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) return;
    const lines = head.subarray(0, end).toString().split("\r\n");
    const fields = lines.map((line) => line.split(/: */, 2) as [string, string]);
    const status = Number.parseInt(fields.find(([name]) => name === "Status")?.[1] ?? "200", 10);
    response.writeHead(status, Object.fromEntries(fields.filter(([name]) => name !== "Status")));
    response.write(head.subarray(end + 4));
  });
  child.stdout.on("end", () => response.end());
}
