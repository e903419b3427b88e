import { type Command, Option } from "commander";
import type { Answer, Body } from "../../client.ts";
import { Desk } from "../desk.ts";
import { collected, given, type Pages, paged, wholeNumber } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { sureOf } from "../sure.ts";
import { type Looking, looking } from "./looking.ts";

type Made = Body<"post", "/v1/towns/{town}/webhooks">;
type WithSecret = Answer<"post", "/v1/towns/{town}/webhooks">;
type Delivery = Answer<"post", "/v1/towns/{town}/webhooks/{webhook}/test">;

/** As the contract has them. */
const EVENTS = [
  "bead.landed",
  "bead.parked",
  "convoy.closed",
  "attention.opened",
  "attention.closed",
  "incident.opened",
  "incident.closed",
] as const satisfies NonNullable<Made["events"]>;

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id"),
    {
      title: "status",
      of: ({ enabled, disabled, failures }) =>
        enabled ? (Number(failures) > 0 ? "failing" : "well") : disabled ? "given up" : "disabled",
    },
    ...columns("waiting:pending", "failures", "next:nextAt"),
    { title: "events", of: ({ events }) => (events as string[]).join(",") },
    ...columns("url"),
  ],
};

const delivered: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "type", "state", "tries", "next:nextAt"),
    { title: "last", of: ({ last }) => (last as Delivery["last"])?.text },
    ...columns("made:createdAt"),
  ],
};

/** A secret is told once, on a line of its own, so that a program can take it. */
const told = ({ id, secret }: WithSecret, what: string): string =>
  `${id}: ${what}; its secret is told this once\n${secret}`;

/** Who else is told of what happens. */
export function webhook(program: Command): void {
  const noun = program.command("webhook").description("URLs of yours that are told of what happens in the town");
  addLooking(noun);
  addMaking(noun);
  addSending(noun);
}

function addLooking(noun: Command): void {
  looking(noun.command("list").description("where each leads, and whether what it is told arrives")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.showList((await desk.town.get("/webhooks", {})).items, shape));
    },
  );

  looking(noun.command("show <webhook>").description("everything that is known of it; never its secret")).action(
    async (webhook: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.show(await desk.town.get("/webhooks/{webhook}", { webhook }), shape));
    },
  );

  looking(
    paged(noun.command("deliveries <webhook>").description("what it was told, and what came of it; the newest first")),
  ).action(async (webhook: string, { watch, all, limit = 50 }: Pages & Looking, command) => {
    const desk = new Desk(command);
    const path = "/webhooks/{webhook}/deliveries";
    await desk.looking(watch, async () =>
      desk.showList(await desk.town.list(path, { webhook }, {}, all ? null : limit), delivered),
    );
  });
}

interface Changing {
  event?: (typeof EVENTS)[number][];
  url?: string;
  enable?: true;
  disable?: true;
}

const events = (says: string): Option =>
  new Option("--event <event>", `${says}; again for each`).choices(EVENTS).argParser(collected);

function addMaking(noun: Command): void {
  noun
    .command("add <webhook> <url>")
    .description("has this URL told of what happens; tells the secret that signs it once")
    .addOption(events("what it is told of; left out: all"))
    .action(async (id: string, url: string, { event }: Changing, command) => {
      const desk = new Desk(command);
      const made = await desk.town.post("/webhooks", {}, { id, url, ...given({ events: event }) });
      desk.done(made, shape, told(made, "added"));
    });

  noun
    .command("change <webhook>")
    .description("what is not given stays as it is")
    .option("--url <url>", "where it leads")
    .addOption(events("what it is told of, in place of what it was"))
    .addOption(new Option("--enable", "it is told again, and what has waited goes out").conflicts("disable"))
    .option("--disable", "it is told of nothing that happens meanwhile")
    .action(async (webhook: string, { url, event, enable, disable }: Changing, command) => {
      const desk = new Desk(command);
      const enabled = enable ? true : disable ? false : undefined;
      const changed = await desk.town.patch("/webhooks/{webhook}", { webhook }, given({ url, events: event, enabled }));
      desk.done(changed, shape, `${webhook}: changed`);
    });

  noun
    .command("rotate <webhook>")
    .description("a new secret; for a day both sign")
    .action(async (webhook: string, _options, command) => {
      const desk = new Desk(command);
      const made = await desk.town.post("/webhooks/{webhook}/secret", { webhook });
      desk.done(made, shape, told(made, "has a new secret"));
    });

  noun
    .command("remove <webhook>")
    .description("it is told of nothing any more, and what waits for it is dropped")
    .option("-y, --yes", "without asking; needed where nobody can be asked")
    .action(async (webhook: string, { yes }: { yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(`Shall ${webhook} be told of nothing any more?`, yes, desk.again(`webhook remove ${webhook} --yes`));
      desk.done(await desk.town.delete("/webhooks/{webhook}", { webhook }), shape, `${webhook}: removed`);
    });
}

function addSending(noun: Command): void {
  noun
    .command("test <webhook>")
    .description("sends it an event that tells of nothing")
    .action(async (webhook: string, _options, command) => {
      const desk = new Desk(command);
      const sent = await desk.town.post("/webhooks/{webhook}/test", { webhook });
      desk.done(
        sent,
        delivered,
        `${webhook}: delivery ${sent.id} is on its way; \`${desk.again(`webhook deliveries ${webhook}`)}\` has what comes of it`,
      );
    });

  noun
    .command("redeliver <webhook> <delivery>")
    .description("sends it once more, whatever became of it, under the same id")
    .action(async (webhook: string, delivery: string, _options, command) => {
      const desk = new Desk(command);
      const number = String(wholeNumber(1)(delivery));
      const path = "/webhooks/{webhook}/deliveries/{delivery}/redeliver";
      const sent = await desk.town.post(path, { webhook, delivery: number });
      desk.done(sent, delivered, `${webhook}: delivery ${number} is sent once more`);
    });
}
