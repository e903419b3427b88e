import type { Command } from "commander";
import { addChanging, addEnding, cancel, retry } from "./changing.ts";
import { addFollowing, addLooking, diff, explain, log, prompt } from "./looking.ts";
import { addCarrying, addMaking } from "./making.ts";

/** Work items. */
export function bead(program: Command): void {
  const noun = program.command("bead").description("work items: made, looked at, changed, followed");
  addMaking(noun);
  addLooking(noun);
  explain(noun);
  addChanging(noun);
  addEnding(noun);
  cancel(noun);
  retry(noun);
  addFollowing(noun);
  log(noun);
  prompt(noun);
  diff(noun);
  addCarrying(noun);
}
