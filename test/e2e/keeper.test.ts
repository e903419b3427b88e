import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { Fault } from "../../cli/fault.ts";
import { HostProcess } from "../../cli/host-process.ts";
import { Keeper } from "../../cli/keeper.ts";
import { statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { temporaryFolder, until } from "../host/support.ts";

function keep(start: () => Promise<void>, waitsMs = [0, 1, 1]) {
  const said: string[] = [];
  const faults: Fault[] = [];
  const keeper = new Keeper({ start, say: (line) => said.push(line), giveUp: (fault) => faults.push(fault), waitsMs });
  return { keeper, said, faults };
}

test("what died is started again, and its death is told", async () => {
  let starts = 0;
  const { keeper, said, faults } = keep(async () => void starts++);
  await keeper.died("the host ended (SIGKILL)");
  expect([starts, said, faults]).toEqual([1, ["the host ended (SIGKILL); starting it again"], []]);
});

test("what dies again and again is given up, with the last reason", async () => {
  let starts = 0;
  const { keeper, faults } = keep(async () => void starts++);
  for (let i = 0; i < 4; i++) await keeper.died("the host ended (code 1)");
  expect(starts).toBe(3);
  expect(faults.map(({ message, exitCode }) => [message, exitCode])).toEqual([
    ["the host ended (code 1), 4 times within a minute: giving up", 1],
  ]);
});

test("a start that fails counts as a death", async () => {
  let starts = 0;
  const { keeper, faults } = keep(async () => {
    starts++;
    throw new Error("the port is taken");
  });
  await keeper.died("the Worker ended (code 1)");
  expect([starts, faults.map(({ message }) => message)]).toEqual([
    3,
    ["the port is taken, 4 times within a minute: giving up"],
  ]);
});

test("what dies while everything is stopped stays dead", async () => {
  let starts = 0;
  const { keeper, said } = keep(async () => void starts++, [60_000]);
  const dying = keeper.died("the host ended (SIGKILL)");
  keeper.stop();
  await dying;
  await keeper.died("the host ended (SIGTERM)");
  expect([starts, said.length]).toEqual([0, 1]);
});

test.runIf(process.platform === "linux")(
  "a host that lives and answers nothing is ended and started again",
  async () => {
    const paths = statePaths(temporaryFolder());
    prepareState(paths.folder);
    const { keeper, said } = keep(() => host.start());
    const setup = { paths, token: "t", drills: [], patience: { everyMs: 100, silentMs: 1_500 } };
    const host = new HostProcess(setup, (what) => void keeper.died(what));
    onTestFinished(() => host.stop());
    await host.start();
    const bootOf = async () => {
      const answer = await fetch(`${host.url}/v1/health`, { headers: { authorization: "Bearer t" } });
      return ((await answer.json()) as { bootId: string }).bootId;
    };
    const boot = await bootOf();
    process.kill(JSON.parse(readFileSync(join(paths.host, "host.lock"), "utf8")).pid, "SIGSTOP");
    await until(() => said.length > 0, 20_000);
    expect(said).toEqual(["the agent host did not answer for 2 s; starting it again"]);
    await until(
      () =>
        bootOf().then(
          (now) => now !== boot,
          () => false,
        ),
      20_000,
    );
  },
);
