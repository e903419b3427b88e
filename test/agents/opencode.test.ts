/** OpenCode for real, through its preset and through the Agent Client Protocol. */
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { commandOf, readIfThere, until } from "../e2e/support.ts";
import { PER_ANSWER } from "./model.ts";
import { aTownWith } from "./town.ts";

const PATIENCE_MS = 120_000;

type Check = { name: string; ok: boolean; detail: string };

describe.each(["exec", "acp"] as const)("opencode over %s", (driver) => {
  test("finishes a bead, and says what it used", async () => {
    const { bead, runs, remote } = await aTownWith(driver, "work");
    await until(async () => (await bead()).status === "closed", PATIENCE_MS);
    expect(remote.file("made.txt")).toBe("hi from a model");
    const [run, ...others] = await runs();
    expect(others).toEqual([]);
    expect(run).toMatchObject({
      state: "finished",
      usage: { inputTokens: 2 * PER_ANSWER.input, outputTokens: 2 * PER_ANSWER.output },
      step: { tool: { status: "completed" }, message: "Done." },
    });
    expect(run?.usage?.costUsd).toBeCloseTo((2 * (PER_ANSWER.input + 2 * PER_ANSWER.output)) / 1e6, 9);
    expect(run?.outputTail).toContain("Done.");
    expect(run?.outputTail).not.toContain('"jsonrpc"');
  });

  test("is cancelled in the middle of a tool call, and nothing of it is left", async () => {
    const { api, bead, runs, remote, watch, ask } = await aTownWith(driver, "hang");
    await until(() => readIfThere(join(watch, "begun")) !== "", PATIENCE_MS);
    const pid = Number(readIfThere(join(watch, "begun")));
    // While a shell becomes its last command, it has no name for a moment.
    await until(() => commandOf(pid) !== "", PATIENCE_MS);
    await api.act("town", "/beads/lib-1/cancel", { reason: "not wanted any more" });
    await until(async () => (await runs())[0]?.state === "stopped", PATIENCE_MS);
    expect(commandOf(pid)).toBe("");
    expect((await bead()).status).toBe("cancelled");
    expect(remote.branches()).toEqual(["main"]);
    const { items } = await ask<{ items: { status: string }[] }>("/agents");
    expect(items[0]?.status).toBe("idle");
  });

  test("a 429 parks its provider until the reset, and costs the bead no try", async () => {
    const { bead, runs, model, providers } = await aTownWith(driver, "limit");
    await until(async () => (await providers()).length > 0, PATIENCE_MS);
    const [provider] = await providers();
    expect(provider?.id).toBe("local");
    const openMs = Date.parse(provider?.notBeforeAt ?? "");
    expect(Math.abs(openMs - model.resetMs())).toBeLessThan(2_500); // the header is in whole seconds
    await until(async () => (await bead()).status === "closed", PATIENCE_MS);
    const [parked, done, ...others] = await runs();
    expect(others).toEqual([]);
    expect(parked).toMatchObject({ state: "released", failure: { kind: "provider_limited" } });
    expect(done?.state).toBe("finished");
    expect(Date.parse(done?.startedAt ?? "")).toBeGreaterThanOrEqual(openMs);
    expect(await bead()).toMatchObject({ failures: 0, reworks: 0 });
  });

  test("a key that is not taken is a matter of credentials, not of the bead", async () => {
    const { bead, runs, providers } = await aTownWith(driver, "locked");
    await until(async () => (await providers()).length > 0, PATIENCE_MS);
    expect((await runs())[0]).toMatchObject({ state: "released", failure: { kind: "auth", code: "auth" } });
    expect((await bead()).failures).toBe(0);
  });

  test("a preflight with a call tells whether the model answers, before any bead is tried", async () => {
    const { api } = await aTownWith(driver, "locked");
    const named = async () => {
      const { preflight } = (await api.preflight("town", "ada", true)) as { preflight: { checks: Check[] } };
      return Object.fromEntries(preflight.checks.map(({ name, ok, detail }) => [name, { ok, detail }]));
    };
    expect(await named()).toMatchObject({ command: { ok: true }, push: { ok: true }, model: { ok: false } });
    await api.change("town", "/agents/ada", { model: "local/work" });
    expect(await named()).toMatchObject({ model: { ok: true, detail: "local/work answers" } });
  });

  test("a run that used up its budget is stopped, and has failed", async () => {
    const { runs } = await aTownWith(driver, "work", { maxTokens: PER_ANSWER.input });
    await until(async () => (await runs())[0]?.state === "failed", PATIENCE_MS);
    expect((await runs())[0]?.failure).toMatchObject({ kind: "agent_failed", code: "over_budget" });
  });
});
