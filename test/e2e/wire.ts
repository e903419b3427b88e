/** A wire to a port, between a host and its town, that a test holds. */
import { connect, createServer, type Socket } from "node:net";
import { onTestFinished } from "vitest";
import { listen } from "./support.ts";

const REPORT = /POST \/v1\/towns\/[^/ ]+\/reports /g;

interface Wire {
  port: number;
  /** Nothing passes any more, and nobody is told. */
  cut(): void;
  /** What was cut is closed, and new connections pass. */
  mend(): void;
  /** What the town says on connections that there are comes to nobody; new ones pass. */
  deafen(): void;
  /** Connections that there are end, once the town has been told something more. */
  hangUpAfterMore(): void;
  /** How many reports went over HTTP. */
  posted(): number;
}

interface Options {
  /** What the town says is changed on its way, at the same length. */
  heard?: (chunk: Buffer) => Buffer;
}

export async function wireTo(port: number, { heard = (chunk) => chunk }: Options = {}): Promise<Wire> {
  const pairs = new Set<{ near: Socket; far: Socket; isDeaf: boolean; endsAfterMore: boolean }>();
  let isCut = false;
  let posted = 0;
  const end = () => {
    for (const { near, far } of pairs) for (const socket of [near, far]) socket.destroy();
  };
  const server = createServer((near) => {
    if (isCut) return void near.destroy();
    const far = connect(port, "127.0.0.1");
    const pair = { near, far, isDeaf: false, endsAfterMore: false };
    pairs.add(pair);
    near.on("data", (chunk) => {
      if (isCut) return;
      const text = chunk.toString("latin1");
      posted += text.match(REPORT)?.length ?? 0;
      // Frames are not packed, so that a test can read them.
      far.write(Buffer.from(text.replace("permessage-deflate", "permessage-nothing"), "latin1"));
      if (!pair.endsAfterMore) return;
      pair.isDeaf = true;
      setTimeout(() => near.destroy(), 300);
    });
    far.on("data", (chunk) => void (isCut || pair.isDeaf || near.write(heard(chunk))));
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        pairs.delete(pair);
        other.destroy();
      });
    }
  });
  onTestFinished(() => {
    end();
    server.close();
  });
  return {
    port: await listen(server),
    cut() {
      isCut = true;
    },
    mend() {
      end();
      isCut = false;
    },
    deafen() {
      for (const pair of pairs) pair.isDeaf = true;
    },
    hangUpAfterMore() {
      for (const pair of pairs) pair.endsAfterMore = true;
    },
    posted: () => posted,
  };
}
