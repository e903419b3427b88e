import type { Command } from "commander";
import { Desk } from "../desk.ts";
import { given, type Pages, paged, wholeNumber } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { type DiffOptions, diffing, showDiff } from "./diff.ts";
import { followLog } from "./follow.ts";
import { type Looking, looking } from "./looking.ts";
import { showPrompt } from "./prompt.ts";

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
  attempts(program.command("attempt").description("the journal: every try, how it ended and why"));
  providers(program.command("provider").description("providers of models in trouble"));
  breaker(program.command("breaker").description("what stops asking a host that fails"));
  setAside(program);
}

function attempts(noun: Command): void {
  looking(paged(noun.command("list").option("--bead <bead>", "only those of this one")))
    .description("the newest first")
    .action(async ({ bead, watch, ...pages }: Pages & Looking & { bead?: string }, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.showList(await desk.list("/attempts", {}, { bead }, pages), attemptShape),
      );
    });

  looking(noun.command("show <fence>").description("everything that is known of it")).action(
    async (fence: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.show(await desk.town.get("/attempts/{fence}", { fence }), attemptShape),
      );
    },
  );

  noun
    .command("log")
    .argument("<fence>", "which try", wholeNumber(1))
    .description("the last of what it printed")
    .option("-f, --follow", "and what it goes on to print, until it is over")
    .action(async (fence: number, { follow = false }: { follow?: boolean }, command) => {
      await followLog(new Desk(command), fence, follow);
    });

  noun
    .command("prompt")
    .argument("<fence>", "which run", wholeNumber(1))
    .description("what its agent was told to do")
    .action(async (fence: number, _options, command) => {
      await showPrompt(new Desk(command), fence);
    });

  diffing(
    noun
      .command("diff")
      .argument("<fence>", "which try", wholeNumber(1))
      .description("its commits and what they change"),
  ).action(async (fence: number, options: DiffOptions, command) => {
    const desk = new Desk(command);
    const query = given({ path: options.path });
    showDiff(desk, await desk.town.get("/attempts/{fence}/diff", { fence: String(fence) }, query), options);
  });
}

function providers(noun: Command): void {
  looking(noun.command("list").description("all of them")).action(async ({ watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => desk.showList((await desk.town.get("/providers", {})).items, providerShape));
  });

  noun
    .command("retry <provider>")
    .description("it is well: go on at once")
    .action(async (provider: string, _options, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/providers/{provider}/retry", { provider });
      desk.done(told, providerShape, `${provider}: its agents go on`);
    });
}

function breaker(noun: Command): void {
  noun
    .command("close")
    .description("the host is well: ask it again at once")
    .option("--host <host>", "a joined one; left out: the town's own")
    .action(async ({ host }: { host?: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/breaker/close", {}, given({ host }));
      desk.done(told, { name: () => host ?? desk.name }, `${host ?? desk.name}: its host is asked again`);
    });
}

/** What was set aside, and goes once a person has read of it. */
function setAside(program: Command): void {
  const quarantine = program.command("quarantine").description("facts that could never be applied");
  looking(paged(quarantine.command("list").description("the newest first"))).action(
    async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.showList(await desk.list("/quarantine", {}, {}, pages), quarantineShape),
      );
    },
  );
  dismissal(quarantine, (desk, event) => desk.town.delete("/quarantine/{event}", { event }));

  const unreadable = program.command("unreadable").description("values that could not be read and were set aside");
  looking(paged(unreadable.command("list").description("the newest first"))).action(
    async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.showList(await desk.list("/unreadable", {}, {}, pages), unreadableShape),
      );
    },
  );
  dismissal(unreadable, (desk, id) => desk.town.delete("/unreadable/{id}", { id }));

  const incident = program.command("incident").description("what nothing can end but that you have read of it");
  dismissal(incident, (desk, id) => desk.town.post("/incidents/{incident}/dismiss", { incident: id }));
}

function dismissal(noun: Command, dismiss: (desk: Desk, id: string) => Promise<object>): void {
  noun
    .command("dismiss <id>")
    .description("you have read of it")
    .action(async (id: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await dismiss(desk, id), { name: () => id }, `${id}: dismissed`);
    });
}
