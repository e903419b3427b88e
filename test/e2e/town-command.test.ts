/** The command line, as its user types it, against a real Worker. */
import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { repoRoot, statePaths } from "../../cli/paths.ts";
import { prepareState } from "../../cli/preflight.ts";
import { loadSecrets } from "../../cli/secrets.ts";
import { Services } from "../../cli/services.ts";
import { freePort, listen, temporary, terminal } from "./support.ts";

function typed(state: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [join(repoRoot, "cli/town.ts"), ...args, "--state", state],
      { env: { ...terminal, INIT_CWD: state } },
      (error, out, err) => resolve({ code: Number(error?.code ?? 0), out, err }),
    );
  });
}

async function aTown(): Promise<{ state: string; services: Services; token: string }> {
  const state = temporary();
  const paths = statePaths(state);
  prepareState(paths.folder);
  const secrets = loadSecrets(paths);
  const external = { url: `http://127.0.0.1:${await freePort()}`, token: "nobody" };
  const options = {
    help: false,
    once: false,
    json: false,
    empty: true,
    port: 0,
    state,
    external,
    agentUser: null,
    passEnv: null,
  };
  const services = new Services({
    options,
    paths,
    secrets,
    port: await freePort(),
    drills: [],
    say: () => {},
    onLost: () => {},
  });
  onTestFinished(() => services.stop());
  await services.start();
  writeFileSync(paths.url, services.url);
  await services.api.createTown({ name: "sample" });
  await services.api.addRig("sample", { id: "lib", repoUrl: "/nowhere.git" });
  await services.api.addAgent("sample", { id: "ada", rig: "lib", command: ["true"] });
  return { state, services, token: secrets.token };
}

test("status, health, pause, disable: what is asked is answered, what is wrong has its exit code", async () => {
  const { state, services, token } = await aTown();
  const says = (...args: string[]) => typed(state, ...args);
  expect(await says("health")).toMatchObject({ code: 0, out: "sample: idle\n" });
  expect(await says("attention")).toMatchObject({ code: 0, out: "sample: nothing waits for you\n" });
  expect(await says("resume")).toMatchObject({
    ...{ code: 0, err: "" },
    out: `sample is not paused. Nothing was changed; npm run town -- status --state ${state} shows how it is\n`,
  });
  expect(await says("undrain")).toMatchObject({ code: 0, out: expect.stringContaining("sample takes runs already") });

  expect(await says("pause", "--why", "a release", "--for", "2h")).toMatchObject({ code: 0 });
  expect(await says("pause", "--why", "a longer one")).toMatchObject({ code: 0 });
  expect(await says("pause", "--why", "a longer one")).toMatchObject({
    code: 0,
    out: expect.stringMatching(/sample is paused already, by \S+: a longer one/),
  });
  const paused = await says("status");
  expect(paused).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /sample: paused.*until an operator resumes it: a longer one.*-- resume --state \S+` resumes it/s,
    ),
  });
  expect(await says("resume")).toMatchObject({ code: 0 });

  expect(await says("preflight", "ada")).toMatchObject({
    ...{ code: 0, out: "ada: its host could not be asked; that keeps it from nothing\n" },
  });
  expect(await says("doctor")).toMatchObject({
    code: 0,
    out: "sample: idle\nada: its host could not be asked; that keeps it from nothing\nsample: nothing waits for you\n",
  });
  expect(await says("disable", "ada")).toMatchObject({ code: 0, out: "ada: disabled\n" });
  expect(await says("disable", "ada")).toMatchObject({
    code: 1,
    err: expect.stringContaining("ada is disabled already"),
  });
  expect(await says("disable", "bob")).toMatchObject({ code: 1, err: expect.stringContaining("It has ada") });
  await services.api.createBeads("sample", [{ rig: "lib", title: "one" }]);
  expect(await says("health")).toMatchObject({ code: 6, out: expect.stringContaining("starved") });
  const stuck = await says("status");
  expect(stuck.out).toMatch(/^AMBER {2}Dispatch is stuck. 1 bead ready, no available agents./);
  expect(stuck.out).toMatch(/ada +lib +disabled/);
  expect(await says("attention")).toMatchObject({
    code: 6,
    out: expect.stringMatching(/^critical stuck, .*: 1 bead of rig lib/),
  });
  expect((await says("incidents")).out).toMatch(/stuck .* open/);
  expect((await says("ticks")).out).toContain("beads_created");
  const json = await says("health", "--json");
  expect(JSON.parse(json.out)).toMatchObject({ verdict: "starved", hasStuckQueue: true });
  expect(await says("status", "--town", "nowhere")).toMatchObject({
    code: 1,
    err: expect.stringContaining("there is no town nowhere"),
  });
  expect(await says("enable", "ada")).toMatchObject({ code: 0, out: "ada: enabled\n" });
  writeFileSync(join(state, "other"), "tk_other");
  const stranger = await says("status", "--token-file", "other");
  expect(stranger).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining("does not take the token that other holds"),
  });
  for (const { out, err } of [paused, stuck, json, stranger]) expect(out + err).not.toContain(token);
});

test("cancel and retry a bead; what failed is in the status; commands that are named can be copied", async () => {
  const { state, services } = await aTown();
  const says = (...args: string[]) => typed(state, ...args);
  await services.api.createTown({ name: "home" });
  await services.api.addRig("home", { id: "lib", repoUrl: "/nowhere.git" });
  await services.api.createBeads("home", [{ rig: "lib", title: "one" }]);
  const home = ["--town", "home", "--url", services.url];
  expect(await says("cancel", "lib-1", "--why", "no", ...home)).toMatchObject({
    ...{ code: 0, out: "lib-1: cancelled; what runs of it is stopped\n" },
  });
  expect(await says("cancel", "lib-1", "--why", "no", ...home)).toMatchObject({ code: 1 });
  expect(await says("retry", "lib-1", "--why", "after all", ...home)).toMatchObject({
    ...{ code: 0, out: "lib-1: is open, and tried again as soon as may be\n" },
  });
  expect(await says("retry", "lib-1", ...home)).toMatchObject({
    code: 1,
    err: expect.stringContaining("does not wait for another try"),
  });
  expect(await says("drain", ...home)).toMatchObject({ code: 0 });
  const at = `--town home --url ${services.url} --state ${state}`;
  expect((await says("health", ...home)).out).toContain(`\`npm run town -- undrain ${at}\` ends it.`);
});

test.each([
  [["halth"], /there is no verb halth\. Did you mean health\?/],
  [["help", "nonsense"], /there is no verb nonsense\. There are /],
  [["nonsense", "--help"], /there is no verb nonsense\. There are /],
  [["bead", "frob", "-h"], /unknown command bead frob\. There are /],
  [["help", "bead", "edti"], /unknown command bead edti\. Did you mean edit\?/],
  [["status", "--token-file", ""], /--token-file needs a value: a file with the operator's token/],
  [["status", "--context="], /--context needs a value/],
  [["bead", "edit", "lib-1", "--label", "a", "--label", ""], /--label needs a value: again for each/],
  [["bead", "edit", "lib-1", "--title", ""], /--title needs a value: what it is called/],
  [["rig", "edit", "lib", "--landings-at-once", "abc"], /--landings-at-once abc: give a whole number from 1 to 8/],
  [["rig", "edit", "lib", "--landings-at-once", "9"], /--landings-at-once 9: give a whole number from 1 to 8/],
  [["rig", "edit", "lib", "--max-agents", "0"], /--max-agents 0: give a whole number from 1 to 10000, or 'none'/],
  [["bead", "edit", "lib-1", "--priority", "5"], /--priority 5: give a whole number from 0 to 4/],
  [["agent", "edit", "ada", "--max-tokens", "0"], /--max-tokens 0: give a whole number from 1/],
  [["pause"], /say why/],
  [["pause", "--why", "x", "--for", "soon"], /--for soon: give a time such as 30m/],
  [["disable"], /disable whom\? npm run town -- disable AGENT --state \S+$/m],
  [["retry", "--town", "home"], /retry which bead\? npm run town -- retry BEAD --town home --state/],
  [["cancel", "lib-1"], /say why/],
  [["pause", "--why", "x", "--for", "-1h"], /--for -1h: give a time such as 30m, 2h or 1d/],
  [["pause", "--why", "--for", "1h"], /--why needs a value: a reason, in quotes/],
  [["status", "now"], /status takes no now/],
  [["status", "--tow", "x"], /Unknown option '--tow'\. Did you mean --town\?/],
  [["status", "--town", "No One"], /no town is called "No One"/],
  [["health", "--why", "x"], /--why belongs to pause, cancel, retry/],
  [["status", "--url", "here"], /--url here: give a URL/],
])("%j is refused with what to write instead", async (args, said) => {
  expect(await typed(temporary(), ...args)).toMatchObject({ code: 2, out: "", err: expect.stringMatching(said) });
});

test("where nothing runs it says so, and what to do", async () => {
  const state = temporary();
  expect(await typed(state, "status")).toMatchObject({ code: 3, err: expect.stringContaining("npm start") });
  const paths = statePaths(state);
  prepareState(paths.folder);
  loadSecrets(paths);
  writeFileSync(paths.url, `http://127.0.0.1:${await freePort()}`);
  expect(await typed(state, "status")).toMatchObject({ code: 3, err: expect.stringContaining("nobody answers") });
  const other = createServer((_request, response) => response.end("<html>"));
  onTestFinished(() => void other.close());
  const url = `http://127.0.0.1:${await listen(other)}`;
  const elsewhere = await typed(state, "health", "--url", url);
  expect(elsewhere).toMatchObject({ code: 3, out: "", err: expect.stringMatching(/no town keeper.*right URL/) });
});
