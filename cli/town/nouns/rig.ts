import type { Command } from "commander";
import { counted } from "../../../src/lib/text.ts";
import { byWhom, capOrNone, Desk, given, somethingOf } from "../desk.ts";
import { columns, type Shape, type Thing } from "../output.ts";
import { looksAtRig, saying } from "../saying.ts";
import { durationOf } from "../times.ts";
import { commandText, wordsOf } from "../words.ts";

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "branch:defaultBranch"),
    { title: "gate", of: ({ gate }) => commandText(gate) },
    { title: "state", of: ({ paused, landingTrouble, pushTrouble }) => stateOf(paused, pushTrouble ?? landingTrouble) },
    ...columns("repository:repoUrl"),
  ],
};

function stateOf(paused: unknown, trouble: unknown): string {
  if (paused) return "paused";
  if (!trouble) return "";
  return (trouble as { rests?: string }).rests === "asked" ? "tried again" : "in trouble";
}

interface Settings {
  branch?: string;
  gate?: string;
  maxGate?: number;
  maxAgents?: number | null;
  maxInReview?: number | null;
}

const settings = (command: Command) =>
  command
    .option("--branch <name>", "its default branch; left out, or 'none': the remote's own")
    .option("--gate <command>", "in quotes: must pass on the merged result before it is pushed; 'none': nothing must")
    .option("--max-gate <time>", "how long that may take: 15m", durationOf)
    .option("--max-agents <n>", "at work in it at one time; 'none': the town's own cap", capOrNone)
    .option("--max-in-review <n>", "waiting to land; 'none': the town's own cap", capOrNone);

const said = ({ branch, gate, maxGate: maxGateMs, maxAgents, maxInReview }: Settings) =>
  given({
    defaultBranch: branch === "none" ? null : branch,
    gate: gate === undefined ? undefined : gate === "none" ? null : wordsOf(gate),
    maxGateMs,
    maxAgents,
    maxInReview,
  });

/** Of a new one nothing is to be taken back. */
const asIs = ({ branch = "none", ...options }: Settings): Settings =>
  branch === "none" ? options : { ...options, branch };

/** Says what became of a rig, and what its host found there if it looked. */
function doneWith(desk: Desk, rig: Thing, what: string): void {
  const look = rig.look as { ok?: boolean; detail?: string; hint?: string } | undefined;
  const found = look?.detail ? `\n  ${look.detail}${look.hint ? ` ${look.hint}` : ""}` : "";
  const isWell = look?.ok !== false;
  const now = isWell ? `branch ${rig.defaultBranch}` : "but can't be worked in yet";
  desk.done(rig, shape, `${what}, ${now}${found}`);
  if (!isWell) process.exitCode = 6;
}

/** What waits there, and so is tried. */
function triedText({ runs, landings }: { runs: number; landings: number }): string {
  const some = [
    ...(runs > 0 ? [`${counted(runs, "bead")} that wait${runs === 1 ? "s" : ""} for a run`] : []),
    ...(landings > 0 ? [`${counted(landings, "bead")} that wait${landings === 1 ? "s" : ""} to land`] : []),
  ];
  if (some.length === 0) return "nothing waits there; what comes next is tried at once";
  return `tried at once: ${some.join(", ")}`;
}

/** Repositories. */
export function rig(program: Command): void {
  const noun = program.command("rig").description("repositories: added, looked at, changed");
  const one = (verb: string, says: string) => noun.command(`${verb} <rig>`).description(says);

  settings(noun.command("add <rig> <repository>"))
    .description("adds a repository, by its URL or path")
    .option("--begin", "an empty one gets its first commit")
    .action(async (id: string, repoUrl: string, { begin, ...options }: Settings & { begin?: boolean }, command) => {
      const desk = new Desk(command);
      const rig = { id, repoUrl, ...said(asIs(options)), ...given({ begin }) };
      const added = await saying(looksAtRig, desk.tell("POST", ["rigs"], rig));
      doneWith(desk, added, `${id}: added`);
    });

  noun.command("list").action(async (_options, command) => {
    const desk = new Desk(command);
    desk.showList(await desk.items("rigs"), shape);
  });

  one("show", "everything that is known of it").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    desk.show(await desk.ask("rigs", id), shape);
  });

  settings(one("edit", "changes it"))
    .option("--repository <url>", "where it is")
    .action(async (id: string, { repository: repoUrl, ...options }: Settings & { repository?: string }, command) => {
      const desk = new Desk(command);
      const change = somethingOf({ ...given({ repoUrl }), ...said(options) });
      doneWith(desk, await saying(looksAtRig, desk.tell("PATCH", ["rigs", id], change)), `${id}: changed`);
    });

  one("preflight", "has a host look what is there")
    .option("--begin", "an empty one gets its first commit")
    .action(async (id: string, { begin = false }: { begin?: boolean }, command) => {
      const desk = new Desk(command);
      desk.show(await saying(looksAtRig, desk.tell("POST", ["rigs", id, "preflight"], { begin })), shape);
    });

  one("pause", "nothing of it starts; what runs goes on")
    .requiredOption("--why <reason>")
    .action(async (id: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.tell("PATCH", ["rigs", id], { paused: { why, by: byWhom() } });
      desk.done(changed, shape, `${id}: paused until it is resumed`);
    });

  one("resume", "ends a pause").action(async (id: string, _options, command) => {
    const desk = new Desk(command);
    desk.done(await desk.tell("PATCH", ["rigs", id], { paused: null }), shape, `${id}: goes on`);
  });

  one("retry", "its remote and its gate are mended: what waits for that is tried at once").action(
    async (id: string, _options, command) => {
      const desk = new Desk(command);
      const told = await desk.tell("POST", ["rigs", id, "landings", "retry"]);
      desk.done(told, shape, `${id}: ${triedText(told.tried as { runs: number; landings: number })}`);
    },
  );
}
