import type { Meta, Once, Town } from "../commands/define.ts";
import { type CommandFact, type CommandName, commandNamed } from "../commands/index.ts";
import type { Db, Tx } from "../db/client.ts";
import { Refusal } from "../lib/guard.ts";
import type { Operation } from "../lib/operation.ts";
import { versionOf } from "../lib/version.ts";
import type { DiffPort, PreflightPort } from "../ports/ports.ts";
import type { ReadContext } from "../queries/define.ts";
import { type QueryName, queryNamed } from "../queries/index.ts";
import { fieldsOf, shownBy } from "../queries/shown-by.ts";
import type { Outcome } from "../reconciler/ingest.ts";
import type { Loop } from "../reconciler/loop.ts";
import { Answers, keepAnswer } from "./answers.ts";
import { CommandTown } from "./command-town.ts";
import { Looks } from "./looks.ts";
import { systemClock } from "./ports.ts";
import { type Result, refused, tried, triedLater } from "./result.ts";

/** What a town's object lends to what is composed into it. */
export interface Lent extends Pick<Town, "hangUp" | "sendsToPrivate">, Pick<ReadContext, "heardOf"> {
  /** Keeps the object for as long as this goes on. */
  waitUntil(work: Promise<unknown>): void;
}

const versionPassed = (version: string) =>
  refused(
    412,
    "version_passed",
    "It was changed since it was read.",
    `Read it again, and send its new ETag with the change; it is ${version} now.`,
  );

/** Where the commands and queries of a town are taken. */
export class Desk {
  readonly #tx: Tx;
  readonly #loop: Loop;
  readonly #lent: Lent;
  readonly #town: Town;
  readonly #answers: Answers;
  readonly #looks: Looks;

  constructor(db: Db, loop: Loop, scout: PreflightPort & DiffPort, lent: Lent) {
    this.#tx = db as unknown as Tx;
    this.#loop = loop;
    this.#lent = lent;
    this.#answers = new Answers(this.#tx);
    this.#looks = new Looks(scout);
    this.#town = new CommandTown(loop, scout, {
      hangUp: lent.hangUp,
      sendsToPrivate: lent.sendsToPrivate,
      read: (query) => this.#read(query),
      preflightLater: (agent) => lent.waitUntil(this.execute("preflight-agent", { agent, call: false })),
    });
  }

  /** @param input as the door has read it */
  async execute(name: CommandName, input: unknown, meta: Meta = {}): Promise<Result<unknown>> {
    const { once } = meta;
    if (!once) return this.#execute(name, input, meta);
    return this.#answers.once(once, systemClock.now(), () => this.#execute(name, input, meta));
  }

  /** All is looked at anew, as an operator asks who does not trust the clockwork. */
  reconcile(once: Once | undefined): Promise<Result<unknown>> {
    return this.once(once, () => {
      this.#loop.reader.lookThrough("an operator");
      this.#loop.tick();
      return this.query("read-health", {});
    });
  }

  /** What is no command, and may come twice as well: its answer is kept beside theirs. */
  once(once: Once | undefined, work: () => Promise<Result<unknown>>): Promise<Result<unknown>> {
    if (!once) return work();
    return this.#answers.once(once, systemClock.now(), async () => {
      const answer = await work();
      if (answer.ok) keepAnswer(this.#tx, once, answer.value, systemClock.now());
      return answer;
    });
  }

  /** What was answered to a command that has come before. Null: it has not, or nothing tells. */
  answered(once: Once | undefined): Result<unknown> | null {
    return once ? this.#answers.kept(once, systemClock.now()) : null;
  }

  async #execute(name: CommandName, input: unknown, meta: Meta): Promise<Result<unknown>> {
    const command = commandNamed(name);
    if (!command) throw new Error(`no command is called ${name}`);
    let whole = input as object;
    if (command.before) {
      const { before } = command;
      const found = await triedLater(async () => before(this.#town, input as never, meta));
      if (!found.ok) return found;
      whole = { ...whole, ...(found.value as object) };
    }
    // From here to the answer that is kept nothing is waited for, so all of it is written or nothing.
    if (meta.ifMatch) {
      const passed = this.#refuseOther(command, whole, meta.ifMatch);
      if (passed) return passed;
    }
    const { origin } = meta;
    const fact = { type: command.type, command: name, payload: whole, ...(origin && { origin }) } as CommandFact;
    const { answer, ordersLeft } = this.#told(fact, (applied) =>
      command.answer(applied as never, this.#tx, whole as never),
    );
    if (answer.ok && meta.once) keepAnswer(this.#tx, meta.once, answer.value, systemClock.now());
    // Both wait for the same commit, and what is asked of hosts goes first: who gave the command loses nothing by that.
    await ordersLeft;
    if (answer.ok) await command.after?.(this.#town, whole as never, answer.value as never);
    return answer;
  }

  /** Null: what it changes is still as its operator has seen it. */
  #refuseOther(command: Operation, input: object, versions: readonly string[]): Result<never> | null {
    const shown = shownBy(command);
    if (!shown) return null;
    const seen = this.read((tx) => shown.read(tx, input as never, this.#readContext()) as object);
    if (!seen.ok) return seen;
    const version = versionOf(seen.value, fieldsOf(command));
    return versions.includes(version) || versions.includes("*") ? null : versionPassed(version);
  }

  /** @param input as the door has read it */
  async query(name: QueryName, input: unknown): Promise<Result<unknown>> {
    const query = queryNamed(name);
    if (!query) throw new Error(`no query is called ${name}`);
    const found = this.read((tx) => query.read(tx, input as never, this.#readContext()) as unknown);
    if (!found.ok || !("ask" in query)) return found;
    return triedLater(() => this.#looks.while((hosts) => query.ask(found.value as never, hosts)));
  }

  #readContext(): ReadContext {
    const { inFlight } = this.#loop;
    return { nowMs: systemClock.now(), random: Math.random, inFlight, heardOf: this.#lent.heardOf };
  }

  read<T>(query: (tx: Tx) => T): Result<T> {
    return tried(() => this.#read(query));
  }

  #read<T>(query: (tx: Tx) => T): T {
    this.#loop.rearm();
    return this.#lookedThrough(() => query(this.#tx));
  }

  /** Some row may be why it throws: then the next try reads something else in its place. */
  #lookedThrough<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof Refusal || !this.#loop.reader.lookThrough()) throw error;
      return read();
    }
  }

  /** Its operator waits for the answer: it is applied, or refused with the reason, and never kept for later. */
  #told<T>(command: CommandFact, view: (applied: unknown) => T): { answer: Result<T>; ordersLeft: Promise<void> } {
    const { outcomes, done, ordersLeft } = this.#loop.tick([command], false);
    this.#lent.waitUntil(done);
    return { answer: this.#answerOf(outcomes[0], view), ordersLeft };
  }

  #answerOf<T>(outcome: Outcome | undefined, view: (applied: unknown) => T): Result<T> {
    if (outcome?.status === "applied") return tried(() => this.#lookedThrough(() => view(outcome.result)));
    if (outcome?.status === "refused") return { ok: false, problem: outcome.problem };
    return refused(
      500,
      "not_applied",
      outcome?.status === "failed" ? outcome.error : "not applied",
      "Nothing was changed; this is a bug, please report it.",
    );
  }
}
