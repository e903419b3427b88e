import { styleText } from "node:util";
import type { Command } from "commander";
import { ApiProblem } from "../../client.ts";
import type { Agent, Attention, Health } from "../answers.ts";
import { Desk } from "../desk.ts";
import { type Pages, paged } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { looksAtAgent, saying } from "../saying.ts";
import {
  attentionLines,
  healthLines,
  incidentLines,
  preflightLines,
  statusLines,
  tickLines,
  waitingLines,
} from "../text.ts";
import { type Looking, looking } from "./looking.ts";

/** Failed beads that a status names. */
const FAILED_SHOWN = 5;

/** Of what is well, or is as somebody wants it. */
const WELL = new Set<Health["verdict"]>(["healthy", "idle", "late", "paused", "draining"]);
const DEGRADED = 6;

/** How a town is: at one look, and in its own records. */
export function wellness(program: Command): void {
  addLooks(program);
  addDoctor(program);
  addRecords(program);
}

function addLooks(program: Command): void {
  looking(program.command("status").description("how the town is, on one screen")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, () => tellStatus(desk));
    },
  );

  looking(program.command("health").description("its verdict, and what to do")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => {
        const health = await desk.town.get("/health", {});
        const waiting = desk.format === "table" ? await waitingIn(desk) : null;
        desk.tell(health, [...healthLines(desk.name, health), ...waitingLines(waiting, desk.again)]);
        process.exitCode = codeOf(health);
      });
    },
  );

  looking(program.command("attention").description("what waits for a person, and how to mend each")).action(
    async ({ watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => {
        const found = await desk.town.get("/attention", {});
        const lines = attentionLines(desk.name, found, Date.now(), desk.again);
        // A program gets all of it at once, or each by itself.
        if (desk.format === "json") desk.tell(found, lines);
        else desk.tellList(found.items, lines, { name: ({ target }) => (target as { id: string }).id, columns: [] });
        process.exitCode = found.items.length > 0 ? DEGRADED : 0;
      });
    },
  );
}

/** Everything that a status shows. */
export async function statusOf(desk: Desk) {
  const [town, health, agents, rigs, attempts, incidents, hosts] = await Promise.all([
    desk.town.get("", {}),
    desk.town.get("/health", {}),
    desk.town.get("/agents", {}),
    desk.town.get("/rigs", {}),
    desk.list("/attempts", {}, {}, { limit: 200 }),
    desk.list("/incidents", {}, {}, { limit: 200 }),
    desk.town.get("/hosts", {}),
  ]);
  const waiting = await waitingIn(desk);
  const failed = town.beads.failed ? await desk.list("/beads", {}, { status: "failed" }, { limit: FAILED_SHOWN }) : [];
  const open = incidents.filter(({ closedAt }) => !closedAt);
  return { town, health, agents: agents.items, rigs: rigs.items, hosts: hosts.items, attempts, open, failed, waiting };
}

async function tellStatus(desk: Desk): Promise<void> {
  const { open, waiting, ...rest } = await statusOf(desk);
  const lines = statusLines({ ...rest, open, waiting, again: desk.again });
  const { agents, rigs, hosts, attempts, failed, health, town } = rest;
  desk.tell(
    {
      ...{ town, health, agents: { items: agents }, rigs: { items: rigs }, hosts: { items: hosts } },
      attempts: { items: attempts },
      ...{ incidents: { items: open }, failed: { items: failed }, attention: waiting },
    },
    lines,
    { paint: health.banner ? bannerPaint(health.banner.level) : undefined },
  );
  process.exitCode = codeOf(health);
}

/** The banner, which is the first line, in its colour: on a terminal, and unless NO_COLOR says no. */
const bannerPaint =
  (level: "red" | "amber") =>
  ([banner = "", ...others]: string[]): string[] => [
    styleText(level === "red" ? "red" : "yellow", banner, { stream: process.stdout }),
    ...others,
  ];

function addDoctor(program: Command): void {
  program
    .command("doctor")
    .description("has every agent looked at, then says what is not well")
    .action(async (_options, command) => {
      const desk = new Desk(command);
      const known = (await desk.town.get("/agents", {})).items.filter(({ enabled }) => enabled);
      const agents: Agent[] = [];
      // One after the other: each may clone a repository.
      for (const { id: agent } of known)
        agents.push(await saying(looksAtAgent(agent), desk.town.post("/agents/{agent}/preflight", { agent })));
      const [health, attention] = await Promise.all([desk.town.get("/health", {}), desk.town.get("/attention", {})]);
      const lines = [
        ...healthLines(desk.name, health),
        ...agents.flatMap(({ id, preflight }) => preflightLines(id, preflight)),
        ...attentionLines(desk.name, attention, Date.now(), desk.again),
      ];
      desk.tell({ health, agents, attention }, lines);
      const isWell = attention.items.length === 0 && agents.every(({ preflight }) => preflight?.state !== "failed");
      process.exitCode = isWell ? codeOf(health) : DEGRADED;
    });
}

const incidentShape: Shape = { name: ({ id }) => String(id), columns: columns("id", "kind", "cause") };
const auditShape: Shape = {
  name: ({ requestId }) => String(requestId),
  columns: [
    ...columns("at", "command"),
    { title: "who", of: ({ actor }) => (actor as { name?: string } | undefined)?.name },
    ...columns("way", "path"),
  ],
};
const tickShape: Shape = { name: ({ tick }) => String(tick), columns: columns("tick", "startedAt") };

function addRecords(program: Command): void {
  looking(paged(program.command("incidents")))
    .description("when something was not well, and what healed it")
    .action(async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => {
        const items = await desk.list("/incidents", {}, {}, pages);
        desk.tellList(items, incidentLines(items.toReversed(), Date.now()), incidentShape);
      });
    });

  looking(paged(program.command("audit")))
    .description("who asked for what, the newest first")
    .action(async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.showList(await desk.list("/audit", {}, {}, pages), auditShape));
    });

  looking(paged(program.command("ticks")))
    .description("the last ticks in which something happened")
    .action(async ({ watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => {
        const items = await desk.list("/ticks", {}, {}, { limit: 30, ...pages });
        desk.tellList(items, tickLines(items.toReversed()), tickShape);
      });
    });
}

/** Health answers where this does not, as on a disk that is full: then it says nothing. */
async function waitingIn(desk: Desk): Promise<Attention | null> {
  try {
    return await desk.town.get("/attention", {});
  } catch (error) {
    if (error instanceof ApiProblem) return null;
    throw error;
  }
}

export const codeOf = ({ verdict, pollStale, hasStuckQueue }: Health) =>
  WELL.has(verdict) && !pollStale && !hasStuckQueue ? 0 : DEGRADED;
