import type { Scan } from "./costs.ts";
import { type CountersEnv, HEAD, Stage } from "./stage.ts";

/** Every statement of a town's daily work, by its query plan: does it walk through a table that grows? */
export async function findScans(env: CountersEnv): Promise<{ statements: number; scans: Scan[] }> {
  const stage = await Stage.open(env, { history: 1_000, agents: 10 });
  const { town } = stage;
  const bead = await stage.bead();
  const run = await stage.attempt(bead);
  await stage.report(run, { kind: "heartbeat", agentActiveAtMs: null });
  await stage.report(run, { kind: "progress", message: "half of it" });
  await stage.report(run, {
    kind: "failed",
    failure: "agent_failed",
    code: "exit_code",
    message: "it gave up",
    outputTail: "",
  });
  const second = await stage.bead();
  await stage.report(await stage.attempt(second), { kind: "finished", head: HEAD, outputTail: "" });
  await stage.report(await stage.attempt(second), { kind: "landed", head: HEAD });
  await town.query("read-health", {});
  await town.query("explain-bead", { bead });
  await town.query("read-attention", {});
  await town.force();
  await town.quiet();
  const { statements } = await town.take();
  const texts = statements.map(({ sql }) => sql).filter((sql) => /^(select|update|delete|with)/i.test(sql.trim()));
  return { statements: texts.length, scans: await town.scansOf(texts) };
}
