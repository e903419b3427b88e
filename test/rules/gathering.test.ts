import { expect, test } from "vitest";
import { type Came, Gathering, nothingCame, nothingLaunched, type Tick } from "../../src/reconciler/gathering.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import { GATHERED_AT_MOST, GATHERED_FOR_MS, NEXT_WITHIN_MS } from "../../src/reconciler/limits.ts";

const fact = (name: string) => ({ type: name }) as unknown as Fact;
const came = (...names: string[]): Came => ({ ...nothingCame, facts: names.map(fact) });
const namesOf = ({ facts }: Came) => facts.map(({ type }) => type as string);

/** A disk that is as slow as the test says, and passes that answer each fact with its name. */
class Desk {
  nowMs = 0;
  readonly passes: string[][] = [];
  /** Passes that have one of these fail. */
  readonly poison = new Set<string>();
  readonly gathering: Gathering;
  #onDisk = () => {};
  /** What is to come later than at once. */
  readonly #later: { atMs: number; then: () => void }[] = [];

  constructor() {
    const after = (ms: number, then: () => void) => {
      if (ms === 0) then();
      else this.#later.push({ atMs: this.nowMs + ms, then });
      return () => {};
    };
    const clock = { now: () => this.nowMs, after };
    const sync = () =>
      new Promise<void>((resolve) => {
        this.#onDisk = resolve;
      });
    const pass = (all: Came): Tick => {
      const names = namesOf(all);
      if (names.some((name) => this.poison.has(name))) throw new Error(`poisoned: ${names}`);
      this.passes.push(names);
      void this.gathering.committed();
      return { outcomes: names.map((result) => ({ status: "applied", result })), ...nothingLaunched };
    };
    this.gathering = new Gathering({ clock, sync }, { ofOne: pass, ofSeveral: pass });
  }

  take(...names: string[]): Promise<unknown[]> {
    return this.gathering.take(() => came(...names)).then(answers);
  }

  /** Nobody waits for them. */
  takeSoon(...names: string[]): void {
    void this.gathering.take(() => came(...names), false);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#later.splice(0);
    for (const one of due) if (one.atMs <= this.nowMs) one.then();
    this.#later.push(...due.filter(({ atMs }) => atMs > this.nowMs));
  }

  async onDisk(): Promise<void> {
    this.#onDisk();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const answers = ({ outcomes }: Tick) => outcomes.map((outcome) => (outcome as { result?: unknown }).result);

test("what comes while no commit is on its way is taken at once", async () => {
  const desk = new Desk();
  expect(await desk.take("a")).toEqual(["a"]);
  await desk.onDisk();
  expect(await desk.take("b")).toEqual(["b"]);
  expect(desk.passes).toEqual([["a"], ["b"]]);
});

test("what comes meanwhile is taken in one pass, in its order, and each is told its own", async () => {
  const desk = new Desk();
  const all = [desk.take("a"), desk.take("b", "c"), desk.take(), desk.take("d")];
  expect(desk.passes).toEqual([["a"]]);
  await desk.onDisk();
  expect(desk.passes).toEqual([["a"], ["b", "c", "d"]]);
  expect(await Promise.all(all)).toEqual([["a"], ["b", "c"], [], ["d"]]);
});

test("one that can't be taken costs itself alone", async () => {
  const desk = new Desk();
  desk.poison.add("x");
  const all = [desk.take("a"), desk.take("b"), desk.take("x"), desk.take("c")];
  const settled = Promise.allSettled(all);
  await desk.onDisk();
  await desk.onDisk();
  expect((await settled).map(({ status }) => status)).toEqual(["fulfilled", "fulfilled", "rejected", "fulfilled"]);
  expect(desk.passes).toEqual([["a"], ["b"], ["c"]]);
});

test("a pass that comes anyway takes what waits first", () => {
  const desk = new Desk();
  void desk.take("a");
  void desk.take("b");
  expect(answers(desk.gathering.takeNow(came("alarm")))).toEqual(["alarm"]);
  expect(desk.passes).toEqual([["a"], ["b", "alarm"]]);
});

test("one of its own that fails is told, and what waited is taken all the same", async () => {
  const desk = new Desk();
  desk.poison.add("x");
  void desk.take("a");
  const waits = desk.take("b");
  expect(() => desk.gathering.takeNow(came("x"))).toThrow("poisoned: x");
  expect(await waits).toEqual(["b"]);
});

test("no pass takes more than so many", async () => {
  const desk = new Desk();
  for (let n = 0; n <= 2 * GATHERED_AT_MOST; n++) void desk.take(String(n));
  await desk.onDisk();
  await desk.onDisk();
  expect(desk.passes.map(({ length }) => length)).toEqual([1, GATHERED_AT_MOST, GATHERED_AT_MOST]);
  expect(desk.passes.flat()).toEqual(Array.from({ length: 2 * GATHERED_AT_MOST + 1 }, (_, n) => String(n)));
});

test("a disk that hangs keeps nothing waiting for good", async () => {
  const desk = new Desk();
  void desk.take("a");
  void desk.take("b");
  desk.nowMs = GATHERED_FOR_MS;
  void desk.take("c");
  expect(desk.passes).toEqual([["a"]]);
  desk.nowMs++;
  void desk.take("d");
  expect(desk.passes).toEqual([["a"], ["b", "c", "d"]]);
});

test("a commit is over when it is on disk, and one that is on its way holds for all that come meanwhile", async () => {
  const desk = new Desk();
  void desk.take("first");
  let isOver = false;
  const over = desk.gathering.committed().then(() => {
    isOver = true;
  });
  void desk.take("second");
  await Promise.resolve();
  expect(isOver).toBe(false);
  await desk.onDisk();
  await over;
  expect(desk.passes).toEqual([["first"], ["second"]]);
});

test("what nobody waits for goes with what comes next", async () => {
  const desk = new Desk();
  desk.takeSoon("a");
  desk.takeSoon("b");
  expect(desk.passes).toEqual([]);
  void desk.take("c");
  expect(desk.passes).toEqual([["a", "b", "c"]]);
  desk.takeSoon("d");
  await desk.onDisk();
  expect(desk.passes).toEqual([["a", "b", "c"]]);
  desk.gathering.takeNow(came("alarm"));
  expect(desk.passes).toEqual([
    ["a", "b", "c"],
    ["d", "alarm"],
  ]);
});

test("when nothing comes it goes by itself, all of it at once", async () => {
  const desk = new Desk();
  desk.takeSoon("a");
  desk.pass(NEXT_WITHIN_MS - 1);
  desk.takeSoon("b");
  expect(desk.passes).toEqual([]);
  desk.pass(1);
  expect(desk.passes).toEqual([["a", "b"]]);
  await desk.onDisk();
  desk.takeSoon("c");
  desk.pass(NEXT_WITHIN_MS);
  expect(desk.passes).toEqual([["a", "b"], ["c"]]);
});

test("a commit that is on its way then is waited for", async () => {
  const desk = new Desk();
  void desk.take("a");
  desk.takeSoon("b");
  desk.pass(NEXT_WITHIN_MS);
  expect(desk.passes).toEqual([["a"]]);
  await desk.onDisk();
  expect(desk.passes).toEqual([["a"], ["b"]]);
});

test("what somebody waits for now goes with the commit that is on its way", async () => {
  const desk = new Desk();
  void desk.take("a");
  desk.takeSoon("b");
  desk.gathering.hurry();
  await desk.onDisk();
  expect(desk.passes).toEqual([["a"], ["b"]]);
});
