import type { Command } from "commander";
import { browserHere, openIn } from "../browser.ts";
import { Desk } from "../desk.ts";

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
      if (!print) await show(desk, address);
    });
}

/** A token is made for a browser that is there, and none is left where nothing came of it. */
async function show({ client, tokenAt }: Desk, address: string): Promise<void> {
  const browser = process.stdout.isTTY ? browserHere(process.platform, process.env) : { not: "this is no terminal" };
  const why = "not" in browser ? browser.not : await opened(browser.opener);
  if (why !== null)
    process.stderr.write(
      `no browser could be opened here (${why}): open the address yourself; the page asks for the token, which is in ${tokenAt}\n`,
    );

  async function opened(opener: string): Promise<string | null> {
    const { id, token } = await client.pageToken();
    // What stands behind its # is sent to no server.
    const failed = await openIn(opener, `${address}#token=${encodeURIComponent(token)}`);
    if (failed !== null && id !== null)
      await client.send("delete", "/v1/tokens/{token}", { token: id }).catch(() => undefined);
    return failed;
  }
}
