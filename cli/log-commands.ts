/** Commands that the log of a local town shows, as they work where it is read: with the town and the state folder that they are about. */
import { againWith } from "./town/again.ts";

/** A name, a path or a word in quotes, without what ends a clause behind it. */
const ARG = String.raw`(?:'[^']*'|\S*[^\s,;:.)\x60'])`;
const BARE =
  "town show|town removed|[a-z]+ list|breaker close|reconcile|plan|health|attention|incidents|ticks|pause|resume|drain|undrain|status";
const NOUN = "town|rig|agent|attempt|bead|convoy|host|provider|incident|quarantine|unreadable|webhook|token";
const COMMAND = new RegExp(
  `npm run town -- ((?:${BARE}|(?:rig|webhook) add ${ARG} ${ARG}|(?:${NOUN}) [a-z]+ ${ARG}|[a-z]+ ${ARG})(?: --[a-z-]+ ${ARG})*)`,
  "g",
);

/** @param state the state folder, where it is not the usual one */
export function commandsOf(text: string, { town, state }: { town: string | null; state: string | null }): string {
  if (town === null) return text;
  const again = againWith({ town, state: state ?? undefined });
  return text.replace(COMMAND, (_, words: string) => again(words));
}
