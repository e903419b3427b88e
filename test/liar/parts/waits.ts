/** Whatever a run says of how long to wait: nothing is tried at speed, for ever, and agents can be listed. */
import { setTimeout as sleep } from "node:timers/promises";
import { ACCEPTED, say } from "../liar.ts";
import { failed } from "../reports.ts";
import type { Part } from "./part.ts";

const TOWN = "waits";
const WORDS = [0, 1, 0.3, -5_000, -1e300];
const WATCHED_MS = 12_000;
/** Rising waits from a second on leave room for these. */
const MOST_STARTS = 5;

export const waitsPart: Part = {
  name: "waits",
  what: "provider_limited with waits of 0, 1, 0.3, and in the past",
  async run(stage) {
    await stage.town(TOWN, { backoffBaseMs: 1, backoffCapMs: 1_000 });
    let seq = 0;
    stage.liar.answers(TOWN, (response, asked) => {
      say(response, 202, ACCEPTED);
      if (asked.kind !== "start") return;
      const limited = { ...failed, failure: "provider_limited", code: "limit", retryAfterMs: Number(asked.how) };
      setTimeout(() => void stage.tell(asked, limited, ++seq), 20);
    });
    // Each in a rig of its own, so that nobody takes another's bead.
    for (const [n, word] of WORDS.entries())
      await stage.work(TOWN, [{ id: `limited-${n}`, how: String(word) }], `rig-${n}`);
    await sleep(WATCHED_MS);
    const counts = WORDS.map((word) => stage.liar.of(TOWN).filter(({ how }) => how === String(word)).length);
    for (const [n, count] of counts.entries())
      if (count > MOST_STARTS)
        stage.breach(`waits: retryAfterMs ${WORDS[n]} made ${count} runs in ${WATCHED_MS / 1_000} s`);
    await stage.readable(TOWN);
    return { shapes: WORDS.length, figures: { [`starts in ${WATCHED_MS / 1_000} s, by word`]: counts.join(", ") } };
  },
};
