/** What strangers dial and report wakes no town, and makes none. */
import { BOOT_HEADER } from "../../../src/protocol/channel.ts";
import type { Stage } from "../stage.ts";
import type { Part } from "./part.ts";

export const strangersPart: Part = {
  name: "strangers",
  alone: true,
  what: "upgrades and reports under made-up names and tokens",
  async run(stage, { sample }) {
    const count = sample ? 10 : 200;
    const before = stage.objects();
    const tokens = [
      "",
      "tkh_0123456789abcdef",
      "tkh_main.WyJ0IiwiaCIsIngiXQ.AAAA",
      "tkr_WyJ0IiwiYSIsImIiLDFd.AAAA",
      "x".repeat(4_000),
    ];
    for (let n = 0; n < count; n++) {
      const token = tokens[n % tokens.length] as string;
      await refused(stage, `/v1/towns/nowhere-${n}/hosts/far/channel`, token);
      const path = `/v1/towns/nowhere-${n}/reports`;
      const headers = { authorization: `Bearer ${token}` };
      const { status } = await fetch(stage.url + path, { method: "POST", headers, body: "{}" });
      if (status !== 401) stage.breach(`strangers: a report to ${path} was answered ${status}`);
    }
    const made = stage.objects() - before;
    if (made > 0) stage.breach(`strangers: ${2 * count} requests of strangers made ${made} objects`);
    return { shapes: 2 * count, figures: { "objects made": made } };
  },
};

function refused(stage: Stage, path: string, token: string): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, [BOOT_HEADER]: "a-boot" };
  const socket = new WebSocket(`${stage.url.replace(/^http/, "ws")}${path}`, { headers } as unknown as string[]);
  return new Promise((resolve) => {
    socket.onopen = () => {
      stage.breach(`strangers: ${path} let a stranger in`);
      socket.close();
      resolve();
    };
    socket.onerror = () => resolve();
  });
}
