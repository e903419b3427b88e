import { type Command, Option } from "commander";
import { counted } from "../../../src/lib/text.ts";
import type { Told, TownBody } from "../../client.ts";
import { Desk } from "../desk.ts";
import { byWhom, capOrNone, given, orNull, reasoned, somethingOf, wholeNumber } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { looksAtRig, saying } from "../saying.ts";
import { sureOf } from "../sure.ts";
import { durationOf } from "../times.ts";
import { commandText, wordsOf } from "../words.ts";
import { type Looking, looking } from "./looking.ts";

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
  const { rests, nextTryAt } = (trouble ?? {}) as { rests?: string | null; nextTryAt?: string | null };
  if (rests === "asked") return "tried again";
  // A failure or two that keep nothing waiting are no trouble yet.
  return rests || nextTryAt ? "in trouble" : "";
}

interface Settings {
  branch?: string;
  gate?: string;
  maxGate?: number;
  landingsAtOnce?: number;
  maxAgents?: number | "none";
  maxInReview?: number | "none";
  trailers?: keyof typeof TRAILERS;
  /** Of `--no-change END`; true where that was not given. */
  change?: "close" | "park" | true;
}

const TRAILERS = { yes: true, no: false, host: null };

const settings = (command: Command) =>
  command
    .option("--branch <name>", "its default branch; left out, or 'none': the remote's own")
    .option("--gate <command>", "in quotes: must pass on the merged result before it is pushed; 'none': nothing must")
    .option("--max-gate <time>", "how long that may take: 15m", durationOf)
    .option(
      "--landings-at-once <n>",
      "landings whose gates may run side by side: 1 to 8; 1 by itself",
      wholeNumber(1, 8),
    )
    .option("--max-agents <n>", "at work in it at one time; 'none': the town's own cap", capOrNone)
    .option("--max-in-review <n>", "waiting to land; 'none': the town's own cap", capOrNone)
    .addOption(
      new Option(
        "--trailers <answer>",
        "whether each commit says which bead and attempt it is of; host: as its host does",
      ).choices(Object.keys(TRAILERS)),
    )
    .addOption(
      new Option("--no-change <end>", "what becomes of a bead whose agent finds nothing to do").choices([
        "close",
        "park",
      ]),
    );

type Change = TownBody<"patch", "/rigs/{rig}">;

const said = ({ branch, gate, maxGate: maxGateMs, trailers, change, ...caps }: Settings): Change =>
  given({
    defaultBranch: branch === "none" ? null : branch,
    gate: gate === undefined ? undefined : gate === "none" ? null : wordsOf(gate),
    maxGateMs,
    landingsAtOnce: caps.landingsAtOnce,
    ...{ maxAgents: orNull(caps.maxAgents), maxInReview: orNull(caps.maxInReview) },
    trailers: trailers && TRAILERS[trailers],
    noChange: change === true ? undefined : change,
  });

/** Of a new one nothing is to be taken back. */
const ofNew = ({ branch, ...options }: Settings) => ({
  ...(said(options) as Omit<Change, "defaultBranch">),
  ...given({ defaultBranch: branch === "none" ? undefined : branch }),
});

type Found = Told<"patch", "/rigs/{rig}">["look"];

const foundText = (look: Found): string => (look ? `\n  ${look.detail}${look.hint ? ` ${look.hint}` : ""}` : "");

/** Says what became of a rig, and what its host found there if it looked. */
function doneWith(desk: Desk, rig: Told<"patch", "/rigs/{rig}">, what: string): void {
  const { look, defaultBranch } = rig;
  const isWell = look?.ok !== false;
  const now = isWell ? `branch ${defaultBranch}` : "but can't be worked in yet";
  desk.done(rig, shape, `${what}, ${now}${foundText(look)}`);
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
  addSetting(noun);
  addLooking(noun);
  addRemoving(noun);
  addMending(noun);
}

const one = (noun: Command, verb: string, says: string) => noun.command(`${verb} <rig>`).description(says);

function addSetting(noun: Command): void {
  settings(noun.command("add <rig> <repository>"))
    .description("adds a repository, by its URL or path")
    .option("--begin", "an empty one gets its first commit")
    .action(async (id: string, repoUrl: string, { begin, ...options }: Settings & { begin?: boolean }, command) => {
      const desk = new Desk(command);
      const body = { id, repoUrl, ...ofNew(options), ...given({ begin }) };
      doneWith(desk, await saying(looksAtRig, desk.town.post("/rigs", {}, body)), `${id}: added`);
    });

  settings(one(noun, "edit", "changes it"))
    .option("--repository <url>", "where it is")
    .action(async (rig: string, { repository: repoUrl, ...options }: Settings & { repository?: string }, command) => {
      const desk = new Desk(command);
      const change = somethingOf({ ...given({ repoUrl }), ...said(options) });
      doneWith(desk, await saying(looksAtRig, desk.town.patch("/rigs/{rig}", { rig }, change)), `${rig}: changed`);
    });
}

function addRemoving(noun: Command): void {
  one(noun, "remove", "takes it out of the town; what stands in the way is said")
    .option("-y, --yes", "without asking")
    .action(async (rig: string, { yes }: { yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(`Shall ${rig} be taken out of ${desk.name}?`, yes);
      desk.done(
        await desk.town.delete("/rigs/{rig}", { rig }),
        shape,
        `${rig}: removed; \`${desk.again(`rig restore ${rig}`)}\` brings it back`,
      );
    });

  one(noun, "restore", "brings one back that was removed, as it was set").action(
    async (rig: string, _options, command) => {
      const desk = new Desk(command);
      desk.done(await desk.town.post("/rigs/{rig}/restore", { rig }), shape, `${rig}: is there again`);
    },
  );
}

function addLooking(noun: Command): void {
  looking(noun.command("list").description("all of them")).action(async ({ watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => desk.showList((await desk.town.get("/rigs", {})).items, shape));
  });

  looking(one(noun, "show", "everything that is known of it")).action(
    async (rig: string, { watch }: Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () => desk.show(await desk.town.get("/rigs/{rig}", { rig }), shape));
    },
  );

  one(noun, "preflight", "has a host look what is there")
    .option("--begin", "an empty one gets its first commit")
    .action(async (rig: string, { begin = false }: { begin?: boolean }, command) => {
      const desk = new Desk(command);
      const told = await saying(looksAtRig, desk.town.post("/rigs/{rig}/preflight", { rig }, { begin }));
      desk.show(told, { name: () => rig });
    });
}

function addMending(noun: Command): void {
  reasoned(one(noun, "pause", "nothing of it starts; what runs goes on")).action(
    async (rig: string, { why }: { why: string }, command) => {
      const desk = new Desk(command);
      const changed = await desk.town.patch("/rigs/{rig}", { rig }, { paused: { why, by: byWhom() } });
      desk.done(changed, shape, `${rig}: paused until it is resumed`);
    },
  );

  one(noun, "resume", "ends a pause").action(async (rig: string, _options, command) => {
    const desk = new Desk(command);
    desk.done(await desk.town.patch("/rigs/{rig}", { rig }, { paused: null }), shape, `${rig}: goes on`);
  });

  one(noun, "retry", "its remote and its gate are mended: what waits for that is tried at once").action(
    async (rig: string, _options, command) => {
      const desk = new Desk(command);
      const told = await saying(looksAtRig, desk.town.post("/rigs/{rig}/landings/retry", { rig }));
      desk.done(told, { name: () => rig }, `${rig}: ${triedText(told.tried)}${foundText(told.look)}`);
      if (told.look?.ok === false) process.exitCode = 6;
    },
  );
}
