import type { Command } from "commander";
import { Desk, type Pages, wholeNumber } from "../desk.ts";
import { columns, type Shape } from "../output.ts";
import { followLog } from "./follow.ts";
import { listing, paged } from "./listing.ts";

const attemptShape: Shape = {
  name: ({ fence }) => String(fence),
  columns: [
    ...columns("fence", "kind", "bead", "agent", "host", "state", "began:startedAt", "ended:endedAt"),
    { title: "why", of: ({ failure }) => (failure as { message?: string } | null)?.message },
  ],
};
const providerShape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "troubles", "tries again:notBeforeAt"),
    { title: "why", of: ({ trouble }) => (trouble as { message?: string } | null)?.message },
  ],
};
const quarantineShape: Shape = {
  name: ({ id }) => String(id),
  columns: columns("id", "type", "received:receivedAt", "error"),
};

const unreadableShape: Shape = {
  name: ({ id }) => String(id),
  columns: columns("id", "table", "row", "why"),
};

/** The journal of attempts, and what of the outside is in trouble. */
export function journal(program: Command): void {
  const attempt = program.command("attempt").description("the journal: every try, how it ended and why");
  paged(attempt.command("list").option("--bead <bead>", "only those of this one"))
    .description("the newest first")
    .action(async ({ bead, ...pages }: Pages & { bead?: string }, command) => {
      const desk = new Desk(command);
      desk.showList(await desk.list(["attempts"], { bead }, pages), attemptShape);
    });
  attempt.command("show <fence>").action(async (fence: string, _options, command) => {
    const desk = new Desk(command);
    desk.show(await desk.ask("attempts", fence), attemptShape);
  });
  attempt
    .command("log <fence>")
    .description("the last of what it printed")
    .option("-f, --follow", "and what it goes on to print, until it is over")
    .action(async (fence: string, { follow = false }: { follow?: boolean }, command) => {
      await followLog(new Desk(command), Number(wholeNumber(fence)), follow);
    });

  const provider = program.command("provider").description("providers of models in trouble");
  provider.command("list").action(async (_options, command) => {
    const desk = new Desk(command);
    desk.showList(await desk.items("providers"), providerShape);
  });
  provider
    .command("retry <provider>")
    .description("it is well: go on at once")
    .action(async (id: string, _options, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["providers", id, "retry"]);
      desk.done(told, providerShape, `${id}: its agents go on`);
    });

  program
    .command("breaker")
    .description("what stops asking a host that fails")
    .command("close")
    .description("the host is well: ask it again at once")
    .option("--host <host>", "a joined one; left out: the town's own")
    .action(async ({ host }: { host?: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["breaker", "close"], host === undefined ? {} : { host });
      desk.done(told, { name: () => host ?? desk.town }, `${host ?? desk.town}: its host is asked again`);
    });

  const quarantine = program.command("quarantine").description("facts that could never be applied");
  listing(quarantine, "quarantine", quarantineShape);
  dismissal(quarantine, (id) => ["DELETE", ["quarantine", id]]);

  const unreadable = program.command("unreadable").description("values that could not be read and were set aside");
  listing(unreadable, "unreadable", unreadableShape);
  dismissal(unreadable, (id) => ["DELETE", ["unreadable", id]]);

  const incident = program.command("incident").description("what nothing can end but that you have read of it");
  dismissal(incident, (id) => ["POST", ["incidents", id, "dismiss"]]);
}

/** A person has read of it. */
function dismissal(noun: Command, request: (id: string) => ["POST" | "DELETE", string[]]): void {
  noun
    .command("dismiss <id>")
    .description("you have read of it")
    .action(async (id: string, _options, command) => {
      const desk = new Desk(command);
      const [method, path] = request(id);
      desk.done(await desk.tell(method, path), { name: () => id }, `${id}: dismissed`);
    });
}
