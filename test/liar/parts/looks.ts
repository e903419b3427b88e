/** Each lie of a host that is to look what is at a rig's URL: the rig is added all the same, on a branch that git would take. */
import { type AnswerShape, answers } from "../answers.ts";
import { BOOT, say } from "../liar.ts";
import type { Stage } from "../stage.ts";
import { inBatches, type Part, sampled } from "./part.ts";

const TOWN = "looks";
const BATCH = 50;
/** A rig with what was found: name, URL, branch, and words of a bounded length. */
const MOST_CHARS = 6_000;

const MB = 1_000_000;
const looked = (name: string, more: object): AnswerShape => ({
  name,
  answer: (response) =>
    say(response, 200, JSON.stringify({ bootId: BOOT, ok: true, branch: "main", detail: "d", hint: null, ...more })),
});

const BRANCHES: unknown[] = [
  ...["--upload-pack=touch /tmp/x", "-d", "a b", "a..b", "a.lock", "refs/heads/", "/", "@{0}", "@", "HEAD", "HEAD~1"],
  ...["x\ny", "\u0000", "\u001b[2J", "\u202emain", "b".repeat(MB), "", 7, {}, ["main"], false],
];
const shapes: readonly AnswerShape[] = [
  ...answers,
  ...BRANCHES.map((branch, at) => looked(`branch-${at}`, { branch })),
  ...["detail", "hint", "bootId"].flatMap((field) =>
    ["w".repeat(5 * MB), "w".repeat(100_000), "\u0000\u001b[2J\r\n[town] all is well\u202e", 7, {}, []].map(
      (value, at) => looked(`${field}-${at}`, { [field]: value }),
    ),
  ),
  ...["yes", 1, null, {}].map((ok, at) => looked(`ok-${at}`, { ok })),
];

export const looksPart: Part = {
  name: "looks",
  what: "what a host may say of a rig's URL when a rig is added",
  async run(stage, { sample }) {
    const tried = sampled(shapes, sample).map((shape, at) => ({ ...shape, rig: `rig-${at}` }));
    const of = new Map(tried.map(({ rig, answer }) => [rig, answer]));
    await stage.town(TOWN);
    stage.liar.looks(TOWN, (response, asked) => of.get(asked.how)?.(response, asked));
    for (const batch of inBatches(tried, BATCH)) await Promise.all(batch.map((shape) => tryOne(stage, shape)));
    await stage.readable(TOWN);
    return { shapes: tried.length, figures: { looks: stage.liar.of(TOWN, "look").length } };
  },
};

async function tryOne(stage: Stage, { name, rig }: { name: string; rig: string }): Promise<void> {
  stage.useful(TOWN, 1_000);
  const { ms, status, ...added } = await stage.ask("POST", `/${TOWN}/rigs`, { id: rig, repoUrl: "/nowhere.git" });
  if (status !== 201 && status !== 200) stage.breach(`look ${name}: the rig was not added (${status})`);
  const { defaultBranch } = added as { defaultBranch?: string };
  if (!/^[\w][\w/]{0,200}$/.test(defaultBranch ?? ""))
    stage.breach(`look ${name}: the branch is ${defaultBranch?.slice(0, 50)}`);
  const size = JSON.stringify(added).length;
  if (size > MOST_CHARS) stage.breach(`look ${name}: the answer has ${size} characters`);
}
