/**
 * What the working processes of the peers on Node have in common: told over IPC what to be, they take items and hear reports
 * over HTTP, and leave when the benchmark does.
 */
import { createServer } from "node:http";

/** @param make gets its setup and the way to the host; answers `{ enqueue, heard, left }` */
export async function serve(make) {
  process.on("disconnect", () => process.exit(1));
  const setup = await new Promise((resolve) => process.once("message", resolve));
  const peer = await make(setup, hostOf(setup));
  const server = createServer((request, response) => {
    answer(peer, request)
      .then((body) => response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body)))
      .catch((error) => response.writeHead(500).end(String(error?.stack ?? error)));
  });
  server.listen(setup.port, "127.0.0.1", () => process.send({ type: "ready" }));
}

async function answer(peer, request) {
  const body = request.method === "POST" ? JSON.parse(await bodyOf(request)) : null;
  if (request.url === "/items") {
    const calledNs = String(process.hrtime.bigint());
    await peer.enqueue(body.ids, body.work);
    return { calledNs };
  }
  if (request.url === "/left") return { left: await peer.left() };
  for (const { bead, kind } of body.reports) await peer.heard(bead, kind);
  return { verdicts: body.reports.map(({ seq }) => ({ seq, verdict: "ok" })) };
}

/** The two effects. They throw where the host does not take them, and the library does the rest. */
function hostOf({ hostUrl, port }) {
  const reporting = { url: `http://127.0.0.1:${port}/reports`, token: "bench" };
  const call = async (method, path, order) => {
    const body = JSON.stringify({ fence: 1, reporting, ...order });
    const response = await fetch(hostUrl + path, { method, body, headers: { "content-type": "application/json" } });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the host answered ${response.status}`);
  };
  return {
    start: (bead, work) => call("PUT", `/v1/runs/${bead}`, { bead, work }),
    land: (bead) => call("POST", "/v1/merges", { bead }),
  };
}

async function bodyOf(request) {
  let text = "";
  for await (const chunk of request) text += chunk;
  return text;
}
