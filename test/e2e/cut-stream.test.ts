/** Who follows a town over a line that is cut again and again is told of everything, and of nothing twice. */
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { Client } from "../../cli/client.ts";
import { Reading } from "../../cli/news.ts";
import { messages } from "../../cli/stream.ts";
import { againWith } from "../../cli/town/again.ts";
import { FINISHED, LANDED, Stage } from "../fuzz/stage.ts";
import { listen, temporary, until } from "./support.ts";

const CUTS = 50;
const PATIENCE_MS = 60_000;
const AGAIN_MS = 5;

/** A line to the Worker that can be cut. */
async function aLine(to: URL) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(Number(to.port), to.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${await listen(server)}`;
  const cut = () => {
    const open = sockets.size;
    for (const socket of sockets) socket.destroy();
    return open > 0;
  };
  return { url, cut };
}

test("a stream that is cut fifty times misses nothing, and doubles nothing", async () => {
  const stage = new Stage(
    temporary(),
    () => undefined,
    ({ kind }) => (kind === "landing" ? [LANDED] : kind === "start" ? [FINISHED] : []),
  );
  onTestFinished(() => stage.close());
  await stage.open();
  stage.answerFor("home");
  await stage.ask("POST", "/v1/towns", { name: "home", settings: { startsPerMinute: 100_000 } });
  await stage.ask("POST", "/v1/towns/home/rigs", { id: "lib", repoUrl: "/nowhere.git", defaultBranch: "main" });
  for (const id of ["ada", "bob"])
    await stage.ask("POST", "/v1/towns/home/agents", { id, rig: "lib", command: ["work"] });

  const line = await aLine(new URL(stage.url));
  const leaving = new AbortController();
  const reading = new Reading();
  const told: string[] = [];
  let snapshots = 0;
  let seq = 0;
  const following = (async () => {
    for await (const message of messages(new Client(line.url, stage.token).of("home"), leaving.signal, {
      againMs: AGAIN_MS,
    })) {
      if (message.type === "snapshot") snapshots++;
      expect(message.seq).toBeGreaterThanOrEqual(seq);
      seq = message.seq;
      told.push(...reading.read(message, againWith({})));
    }
  })().catch(() => undefined);
  await until(() => snapshots > 0, PATIENCE_MS);

  let cuts = 0;
  for (let n = 1; cuts < CUTS; n++) {
    await stage.ask("POST", "/v1/towns/home/beads", { rig: "lib", title: `bead ${n}` });
    // At any point: before it is told, while it is, after it.
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 23));
    if (line.cut()) cuts++;
  }
  const { items } = await stage.ask("GET", "/v1/towns/home/beads?limit=200");
  const ids = items.map(({ id }: { id: string }) => id);
  await until(
    () => ids.every((id: string) => told.some((text) => text.startsWith(`${id} `) && text.includes("→ closed"))),
    PATIENCE_MS,
  );
  leaving.abort();
  await following;

  expect(snapshots).toBe(1);
  const moved = told.filter((text) => /^lib-\d+ \w+ → /.test(text));
  expect(moved.filter((text, at) => moved.indexOf(text) !== at)).toEqual([]);
  for (const id of ids) {
    // From one state to the next, without a gap and without a step twice.
    const steps = moved.flatMap((text) => (text.startsWith(`${id} `) ? [/ (\w+) → (\w+)/.exec(text) ?? []] : []));
    const chain = steps.map(([, from, to]) => [from, to]);
    expect([id, chain[0]?.[0], chain.at(-1)?.[1]]).toEqual([id, "open", "closed"]);
    for (const [at, [from]] of chain.entries()) if (at > 0) expect([id, from]).toEqual([id, chain[at - 1]?.[1]]);
    expect(told.filter((text) => text.startsWith(`${id} queued`)).length).toBeLessThanOrEqual(1);
  }
});
