import type { Desk } from "../desk.ts";
import { columns, type Shape } from "../output.ts";
import { shownText } from "../text.ts";

const promptShape: Shape = {
  name: ({ fence }) => String(fence),
  columns: columns("fence", "bead", "agent", "changedSince", "mayGoOn", "text"),
};

/** What the agent of a run was told to do. What is to be known of it besides stands on the standard error: the text alone can be sent on. */
export async function showPrompt(desk: Desk, fence: number): Promise<void> {
  const told = await desk.town.get("/attempts/{fence}/prompt", { fence: String(fence) });
  if (desk.format !== "table") return desk.show(told, promptShape);
  desk.print(shownText(told.text));
  const { bead, changedSince, mayGoOn } = told;
  if (changedSince.length > 0)
    process.stderr.write(`[${bead} was changed since: its ${changedSince.join(", ")} here is as it is now]\n`);
  if (mayGoOn)
    process.stderr.write(
      "[where it went on with an earlier try, its host added at the end what that had left; that is known there alone]\n",
    );
}
