import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Command } from "commander";
import { Desk } from "../desk.ts";

/** A browser has read the file long before. */
const READ_MS = 5_000;

/** The page that shows a town. */
export function open(program: Command): void {
  program
    .command("open [bead]")
    .description("the page of the town, or of one bead, in your browser; its address where there is none")
    .option("--print", "only say its address")
    .action(async (bead: string | undefined, { print = false }: { print?: boolean }, command) => {
      const desk = new Desk(command);
      // One that is not there has no page.
      await (bead === undefined ? desk.town.get("", {}) : desk.town.get("/beads/{bead}", { bead }));
      const address = `${desk.client.url}/t/${desk.name}${bead === undefined ? "" : `/beads/${encodeURIComponent(bead)}`}`;
      desk.say(desk.format === "table" || desk.format === "name" ? address : JSON.stringify({ url: address }));
      if (!print && process.stdout.isTTY) await show(await desk.client.signedIn(address));
    });
}

/** Through a file that only its owner can read: what stands on a command line, every user of the machine sees. */
async function show(address: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "town-open-"));
  try {
    const file = join(folder, "town.html");
    writeFileSync(file, `<!doctype html><meta http-equiv="refresh" content="0;url=${escaped(address)}">`, {
      mode: 0o600,
    });
    const opener = process.platform === "darwin" ? "open" : "xdg-open";
    const child = spawn(opener, [pathToFileURL(file).href], { stdio: "ignore", detached: true });
    const begun = await new Promise<boolean>((resolve) => {
      child.once("error", () => resolve(false));
      child.once("spawn", () => resolve(true));
    });
    child.unref();
    if (begun) await pause(READ_MS);
    else process.stderr.write(`there is no ${opener} here: open the address yourself; the page asks for the token\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const escaped = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
