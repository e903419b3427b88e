import { type Command, InvalidArgumentError, Option } from "commander";
import type { Attempt } from "../../../api.ts";
import { Desk } from "../../desk.ts";
import { given, type Pages, paged, shortFor } from "../../given.ts";
import { columns, type Shape, type Thing } from "../../output.ts";
import { explainLines, lastTryLines, plain } from "../../text.ts";
import { durationOf, timeSince } from "../../times.ts";
import { statusText } from "../../words.ts";
import { type DiffOptions, diffing, showDiff } from "../diff.ts";
import { followAll, followLog, newestRun } from "../follow.ts";
import { type Looking, looking } from "../looking.ts";
import { showPrompt } from "../prompt.ts";
import { waitFor } from "../wait.ts";
import { beadShape, one, showBeads } from "./shared.ts";

const statuses = ["open", "in_progress", "in_review", "closed", "parked", "cancelled"] as const;

/** An attempt beside its bead, whose notes say at length why each came to nothing. */
const tryShape: Shape = {
  name: ({ fence }) => String(fence),
  columns: [
    ...columns("fence", "kind", "agent", "state", "began:startedAt", "ended:endedAt"),
    { title: "why", of: ({ failure }) => (failure as { code?: string } | null | undefined)?.code },
  ],
};

/** What a moment of a bead's life adds to its kind. */
const detailOf = ({ title, status, text, outcome, failure }: Thing): unknown =>
  (failure as { message?: string } | null | undefined)?.message ??
  outcome ??
  text ??
  (status === undefined ? title : statusText(status));

export function addLooking(noun: Command): void {
  const list = noun
    .command("list")
    .description("the newest first, each with the gate that keeps it")
    .addOption(new Option("--status <status>", "only these; again for each").choices(statuses).argParser(statusNamed))
    .option("--rig <rig>", "only those of this rig")
    .option("--agent <agent>", "only those that this agent has now")
    .option("--convoy <convoy>", "only those of this convoy")
    .option("--label <label>", "only those with this label")
    .option("--text <text>", "only those in whose title or body it stands")
    .option("--since <time>", "only those changed since: 2h, 1d ago, or 2026-01-31T12:00:00Z", timeSince);
  looking(paged(list)).action(async ({ status, watch, limit, all, ...filters }: Pages & Looking & Filters, command) => {
    const desk = new Desk(command);
    const query = { ...given(filters), ...(status && { status: status.join(",") }) };
    await desk.looking(watch, async () => {
      const found = await desk.list("/beads", {}, query, given({ limit, all }));
      // Of what is not there, an empty list would be no answer.
      if (found.length === 0) await refuseUnknown(desk, filters);
      await showBeads(desk, found);
    });
  });

  looking(one(noun, "show", "everything that is known of it")).action(
    async (bead: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, () => showBead(desk, bead));
    },
  );
}

interface Filters {
  status?: Status[];
  rig?: string;
  agent?: string;
  convoy?: string;
  label?: string;
  text?: string;
  since?: string;
}

/** @throws ApiProblem of the first that the town does not have */
async function refuseUnknown({ town }: Desk, { rig, agent, convoy }: Filters): Promise<void> {
  if (rig !== undefined) await town.get("/rigs/{rig}", { rig });
  if (agent !== undefined) await town.get("/agents/{agent}", { agent });
  if (convoy !== undefined) await town.get("/convoys/{convoy}", { convoy });
}

async function showBead(desk: Desk, id: string): Promise<void> {
  const told = await desk.town.get("/beads/{bead}", { bead: id });
  if (desk.format !== "table") return desk.show(told, beadShape);
  const { attempts = [], ...bead } = told as typeof told & { attempts?: Attempt[] };
  desk.show(bead, beadShape);
  if (attempts.length === 0) return;
  desk.say("attempts");
  desk.showList(attempts, tryShape);
  const { lastTry } = await desk.town.get("/beads/{bead}/explain", { bead: id });
  for (const line of lastTryLines(lastTry, desk.again)) desk.say(plain(line));
}

/** `explain`, which the town has too; likewise those that follow. */
export function explain(parent: Command): void {
  looking(
    one(
      parent,
      "explain",
      `why it is where it is: every gate in its way, and what opens the first${shortFor(parent, "bead", "explain")}`,
    ),
  ).action(async (bead: string, { watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => {
      const told = await desk.town.get("/beads/{bead}/explain", { bead });
      desk.tell(told, explainLines(told, desk.again), { name: bead });
    });
  });
}

export function addFollowing(noun: Command): void {
  looking(paged(one(noun, "timeline", "what happened to it, the newest first"))).action(
    async (bead: string, { watch, ...pages }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.showList(await desk.list("/beads/{bead}/timeline", { bead }, {}, pages), {
          name: ({ at }) => String(at),
          columns: [...columns("at", "what", "kind", "agent", "fence"), { title: "detail", of: detailOf }],
        }),
      );
    },
  );

  noun
    .command("wait <beads...>")
    .description("until all of these have landed; exit code 6 if one will not without you")
    .addOption(new Option("--for <what>", "what to wait for").choices(["started", "landed"]).default("landed"))
    .option("--timeout <time>", "how long: 30s, 10m, 2h", durationOf)
    .action(async (ids: string[], { for: wait, timeout }: { for: "started" | "landed"; timeout?: number }, command) => {
      await waitFor(new Desk(command), ids, { wait, ...given({ timeout }) });
    });
}

export function log(parent: Command): void {
  one(parent, "log", "the last of what its newest run printed")
    .option("-f, --follow", "and what it goes on to print, until the run is over")
    .action(async (bead: string, { follow = false }: { follow?: boolean }, command) => {
      const desk = new Desk(command);
      await followLog(desk, await newestRun(desk, bead), follow);
    });
}

export function prompt(parent: Command): void {
  one(parent, "prompt", "what the agent of its newest run was told to do (of another: attempt prompt)").action(
    async (bead: string, _options, command) => {
      const desk = new Desk(command);
      await showPrompt(desk, await newestRun(desk, bead));
    },
  );
}

export function diff(parent: Command): void {
  diffing(
    one(parent, "diff", "what the newest run that has brought commits changes (of another: attempt diff)"),
  ).action(async (bead: string, options: DiffOptions, command) => {
    const desk = new Desk(command);
    const query = given({ path: options.path });
    showDiff(desk, await desk.town.get("/beads/{bead}/diff", { bead }, query), options);
  });
}

/** At the top, where no bead needs to be named. */
export function logs(program: Command): void {
  program
    .command("logs [bead]")
    .description("the last of what a bead's newest run printed, or all that run now (of one: short for bead log)")
    .option("-f, --follow", "and what comes: of one until its run is over, of all until Ctrl-C")
    .action(async (bead: string | undefined, { follow = false }: { follow?: boolean }, command) => {
      const desk = new Desk(command);
      if (bead === undefined) await followAll(desk, follow);
      else await followLog(desk, await newestRun(desk, bead), follow);
    });
}

type Status = (typeof statuses)[number];

/** People read *parked*; the word that is stored means the same. */
function statusNamed(given: string, before: Status[] = []): Status[] {
  const status = given === "failed" ? "parked" : given;
  if ((statuses as readonly string[]).includes(status)) return [...before, status as Status];
  throw new InvalidArgumentError(`Allowed choices are ${statuses.join(", ")}.`);
}
