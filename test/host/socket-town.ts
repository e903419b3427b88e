/** A town's end of a socket, as far as a test needs it: whole texts in one frame each. And its door over HTTP, at the same address. */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { onTestFinished } from "vitest";

const MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

interface Framed {
  id: string;
  report: { token: string; body: string };
}

/** @param answers what it says to a report that comes through the socket; null: nothing */
export async function socketTown(answers: (frame: Framed) => object | null) {
  const town = { framed: [] as Framed[], posted: [] as string[], tokens: [] as string[], url: "" };
  let socket: Duplex | null = null;
  const verdicts = (body: string) =>
    JSON.stringify({
      verdicts: JSON.parse(body).reports.map(({ seq }: { seq: number }) => ({ seq, verdict: "duplicate" })),
    });
  const server = createServer(async (request, response) => {
    let text = "";
    for await (const chunk of request) text += chunk;
    town.posted.push(text);
    response.end(verdicts(text));
  });
  server.on("upgrade", (request, opened) => {
    socket = opened;
    const accept = createHash("sha1").update(`${request.headers["sec-websocket-key"]}${MAGIC}`).digest("base64");
    opened.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    );
    opened.on("error", () => undefined);
    opened.on("data", (chunk) => {
      for (const data of textsIn(chunk)) {
        const frame = JSON.parse(data) as Framed;
        town.framed.push(frame);
        const answer = answers(frame);
        if (answer) say(answer);
      }
    });
  });
  const say = (what: object) => socket?.write(textFrame(JSON.stringify(what)));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  town.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/towns/demo`;
  onTestFinished(() => {
    socket?.destroy();
    server.closeAllConnections();
    server.close();
  });
  return Object.assign(town, {
    say,
    verdicts,
    /** Nobody says goodbye. */
    drop: () => socket?.destroy(),
    isOpen: () => socket !== null && !socket.destroyed,
  });
}

function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const head = payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 255];
  return Buffer.concat([Buffer.from(head), payload]);
}

/** A client masks what it says. Pings are texts, and no reports. */
function textsIn(chunk: Buffer): string[] {
  const texts: string[] = [];
  for (let at = 0; at < chunk.length; ) {
    const opcode = (chunk[at] ?? 0) & 15;
    const short = (chunk[at + 1] ?? 0) & 127;
    const [length, head] = short === 126 ? [chunk.readUInt16BE(at + 2), 4] : [short, 2];
    const mask = chunk.subarray(at + head, at + head + 4);
    const from = at + head + 4;
    const payload = chunk.subarray(from, from + length).map((byte, n) => byte ^ (mask[n % 4] ?? 0));
    const text = Buffer.from(payload).toString();
    if (opcode === 1 && text.startsWith("{")) texts.push(text);
    at = from + length;
  }
  return texts;
}
