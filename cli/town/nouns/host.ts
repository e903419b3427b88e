import type { Command } from "commander";
import type { Host } from "../answers.ts";
import { Desk, given } from "../desk.ts";
import { columns, type Shape, type Thing } from "../output.ts";
import { placesText } from "../text.ts";

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
const invitation = (id: unknown, { token, join }: Thing) =>
  `${id}: its token is told this once. On that machine, in a clone of this repository:
  npm run host -- --join ${join} --token-file FILE --state DIR
token  ${token}`;

/** Machines of one's own. */
export function host(program: Command): void {
  const noun = program.command("host").description("machines of your own that join the town");
  const one = (verb: string, says: string) => noun.command(`${verb} <host>`).description(says);

  one("add", "a machine may join; the answer has its token").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    const told = await desk.tell("POST", ["hosts"], { id });
    desk.done(told, shape, invitation(id, told));
  });

  noun.command("list").action(async (_options, command) => {
    const desk = new Desk(command);
    desk.showList(await desk.items("hosts"), shape);
  });

  one("show", "everything that is known of it").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    desk.show(await desk.ask("hosts", id), shape);
  });

  one("token", "a new token; the former one is worth nothing from now on").action(
    async (id: string, _options, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["hosts", id, "token"], {});
      desk.done(told, shape, invitation(id, told));
    },
  );

  for (const [verb, says, enabled] of [
    ["enable", "it gets work again", true],
    ["disable", "it gets no work; what runs goes on", false],
  ] as const)
    one(verb, says).action(async (id: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.tell("PATCH", ["hosts", id], { enabled }), shape, `${id}: ${verb}d`);
    });

  one("takeover", "its place goes to the machine that dials as this host and is not let in")
    .option("--boot <boot>", "which of those; left out: whichever waits")
    .action(async (id: string, { boot }: { boot?: string }, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["hosts", id, "takeover"], given({ boot }));
      desk.done(told, shape, `${id}: its place goes to the machine that waits`);
    });

  one("remove", "it may not join any more, and what runs there is given up")
    .option("--drain", "what runs there may end in peace")
    .action(async (id: string, { drain = false }: { drain?: boolean }, command) => {
      const desk = new Desk(command);
      const path = `${desk.path("hosts", id)}?drain=${drain}`;
      const told = (await desk.api.request("DELETE", path)) as Thing;
      desk.done(told, shape, `${id}: removed`);
    });
}
