import type { Command } from "commander";
import type { Health } from "../answers.ts";
import { Desk } from "../desk.ts";
import { type Preview, planLines } from "../plan-lines.ts";
import { healthLines } from "../text.ts";
import { type Looking, looking } from "./looking.ts";
import { codeOf } from "./wellness.ts";

const tellPlan = (desk: Desk, plan: Preview): void => desk.tell(plan, planLines(desk.name, plan, Date.now()));

/** What the town would do next, and having it done now. */
export function planning(program: Command): void {
  looking(
    program.command("plan").description("what the next pass would do, what not, and which gate keeps it; does nothing"),
  ).action(async ({ watch }: Looking, command) => {
    const desk = new Desk(command);
    await desk.looking(watch, async () => tellPlan(desk, await desk.town.get("/plan", {})));
  });

  program
    .command("reconcile")
    .description("looks at everything again, now")
    .option("--dry-run", "only what would be done, as plan shows it")
    .action(async ({ dryRun = false }: { dryRun?: boolean }, command) => {
      const desk = new Desk(command);
      // By itself: an older town that knows no dry run must not take it for the real one.
      if (dryRun) return tellPlan(desk, await desk.town.get("/plan", {}));
      // Only a dry run is answered with a plan.
      const health = (await desk.town.post("/reconcile", {})) as Health;
      desk.tell(health, healthLines(desk.name, health));
      process.exitCode = codeOf(health);
    });
}
