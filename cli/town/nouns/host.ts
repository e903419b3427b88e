import type { Command } from "commander";
import type { Host } from "../answers.ts";
import { Desk } from "../desk.ts";
import { given } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { sureOf } from "../sure.ts";
import { placesText } from "../text.ts";
import { type Looking, looking } from "./looking.ts";

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id"),
    { title: "status", of: ({ enabled, connected }) => (!enabled ? "disabled" : connected ? "connected" : "away") },
    { title: "places", of: ({ room }) => placesText(room as Host["room"]) },
    { title: "boot", of: ({ boot }) => (boot === null ? "" : String(boot).slice(0, 8)) },
    ...columns("last word:heardAt"),
    { title: "not let in", of: ({ refused }) => (refused as Host["refused"])?.code.replaceAll("_", " ") },
  ],
};

/** Its token is told once, and never again. */
const invitation = (id: string, { token, join }: { token: string; join: string }) =>
  `${id}: its token is told this once. On that machine, in a clone of this repository:
  npm run host -- --join ${join} --token-file FILE --state DIR
token  ${token}`;

/** Machines of one's own. */
export function host(program: Command): void {
  const noun = program.command("host").description("machines of your own that join the town");
  const one = (verb: string, says: string) => noun.command(`${verb} <host>`).description(says);

  one("add", "a machine may join; the answer has its token").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.town.post("/hosts", {}, { id });
    desk.done(told, shape, invitation(id, told));
  });

  looking(noun.command("list").description("with their places, and when each was last heard of")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.showList((await desk.town.get("/hosts", {})).items, shape));
    },
  );

  looking(one("show", "everything that is known of it")).action(async (host: string, { watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => desk.show(await desk.town.get("/hosts/{host}", { host }), shape));
  });

  one("token", "a new token; the former one is worth nothing from now on").action(
    async (host: string, _options, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/hosts/{host}/token", { host });
      desk.done(told, shape, invitation(host, told));
    },
  );

  for (const [verb, says, enabled] of [
    ["enable", "it gets work again", true],
    ["disable", "it gets no work; what runs goes on", false],
  ] as const)
    one(verb, says).action(async (host: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.town.patch("/hosts/{host}", { host }, { enabled }), shape, `${host}: ${verb}d`);
    });

  one("takeover", "its place goes to the machine that dials as this host and is not let in")
    .option("--boot <boot>", "which of those; left out: whichever waits")
    .action(async (host: string, { boot }: { boot?: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.town.post("/hosts/{host}/takeover", { host }, given({ boot }));
      desk.done(told, shape, `${host}: its place goes to the machine that waits`);
    });

  one("remove", "it may not join any more, and what runs there is given up")
    .option("--drain", "what runs there may end in peace")
    .option("-y, --yes", "without asking; needed where nobody can be asked")
    .action(async (host: string, { drain = false, yes }: { drain?: boolean; yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(
        `Shall ${host} be taken out of ${desk.name}?`,
        yes,
        desk.again(`host remove ${host}${drain ? " --drain" : ""} --yes`),
      );
      const told = await desk.town.delete("/hosts/{host}", { host }, { drain: drain ? "true" : "false" });
      desk.done(told, shape, `${host}: removed`);
    });
}
