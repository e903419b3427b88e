/** Words that don't belong to whoever says them, again and again: refused, kept once or not at all, and never dearer with time. */
import { ACCEPTED, type Asked, say } from "../liar.ts";
import { failed, finished, landed } from "../reports.ts";
import { type Stage, until } from "../stage.ts";
import type { Figures, Part } from "./part.ts";

const TOWN = "words";
/** Where a note a word would be seen. */
const MOST_NOTES = 5;

export const wordsPart: Part = {
  name: "words",
  what: "kinds exchanged, and what a superseded run goes on saying",
  async run(stage, { sample }) {
    const count = sample ? 60 : 1_000;
    await stage.town(TOWN, { backoffBaseMs: 600_000, backoffCapMs: 600_000, firstLeaseMs: 600_000, leaseMs: 600_000 });
    stage.liar.answers(TOWN, (response) => say(response, 202, ACCEPTED));
    const figures = { ...(await exchanged(stage, count / 20)), ...(await superseded(stage, count)) };
    await stage.readable(TOWN);
    return { shapes: 2 * (count / 20) + count, figures };
  },
};

/** A run that says `landed`, a landing that says `finished`, with as much text as fits. */
async function exchanged(stage: Stage, count: number): Promise<Figures> {
  await stage.work(TOWN, [{ id: "mixes", how: "accept" }], "mixed");
  await until(() => stage.liar.of(TOWN).length === 1, 30_000);
  const [run] = stage.liar.of(TOWN) as [Asked];
  const tail = "t".repeat(7_900);
  for (let n = 1; n <= count; n++)
    await stage.tell(run, { ...landed, head: n.toString(16).padStart(40, "0"), tail }, n);
  await stage.tell(run, finished, count + 1);
  const isAsked = await until(() => stage.liar.of(TOWN, "landing").length > 0, 30_000);
  if (!isAsked) stage.breach("words: a run that had said `landed` did not get to land when it had finished");
  const [landing] = stage.liar.of(TOWN, "landing");
  for (let n = 1; landing && n <= count; n++) await stage.tell(landing, { ...finished, outputTail: `${n} ${tail}` }, n);
  if (landing) {
    const { status } = await stage.tell(landing, landed, count + 1);
    if (status !== 200) stage.breach(`words: a landing that had said \`finished\` was not heard (${status})`);
  }
  const { discarded = 0, items = [] } = await stage.ask("GET", `/${TOWN}/attention`);
  return { "words of the wrong kind": 2 * count, "for people to look at": items.length + discarded };
}

/** A run was stopped, and its token goes on with ever new last words. */
async function superseded(stage: Stage, count: number): Promise<Figures> {
  await stage.work(TOWN, [{ id: "talks", how: "accept" }], "talk");
  const talks = () => stage.liar.of(TOWN).find(({ agent }) => agent === "talks");
  await until(talks, 30_000);
  const run = talks() as Asked;
  await stage.ask("POST", `/${TOWN}/beads/${run.bead}/cancel`, { reason: "enough" });
  const times: number[] = [];
  for (let n = 1; n <= count; n++) {
    const { status, ms } = await stage.tell(
      run,
      { ...failed, message: `last word ${n}`, outputTail: "t".repeat(7_900) },
      n,
    );
    if (status !== 409) stage.breach(`words: a stopped run's word was answered ${status}`);
    times.push(ms);
  }
  const { notes = [] } = await stage.ask("GET", `/${TOWN}/beads/${run.bead}`);
  if (notes.length > MOST_NOTES) stage.breach(`words: ${count} last words left ${notes.length} notes`);
  const median = (some: number[]) => Math.round(some.toSorted((a, b) => a - b)[Math.floor(some.length / 2)] ?? 0);
  const [first, last] = [median(times.slice(0, count / 4)), median(times.slice(-count / 4))];
  // Ten times, since what is measured are milliseconds.
  if (last > 10 * Math.max(1, first))
    stage.breach(`words: the last of ${count} words took ${last} ms, the first ${first} ms`);
  return { "last words": count, "notes they left": notes.length, "first quarter, ms": first, "last quarter, ms": last };
}
