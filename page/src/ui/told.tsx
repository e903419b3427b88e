/** Texts that people and programs wrote: shown as they are, and for no more than they are. */
import { Command } from "./copy.tsx";
import { At } from "./time.tsx";

/** They turn the order of what stands around them, unseen. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;

/** With what is unseen made visible. */
export const visible = (text: string): string =>
  text.replace(TURNS, (sign) => `[U+${sign.charCodeAt(0).toString(16).toUpperCase()}]`);

/** What somebody wrote does not turn what stands beside it. */
export const Words = ({ of }: { of: string }) => <bdi>{visible(of)}</bdi>;

/** As the host says it, and nothing else: what an agent wrote may stand in such words too, and is offered to nobody to be run. */
const COMMAND = /\b(git (?:-C \/[\w./@+~-]+ )?config receive\.denyCurrentBranch updateInstead)\b/;
const TIME = /\b(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z)/;
const PARTS = new RegExp(`${COMMAND.source}|${TIME.source}`);

/** What the town says, with times as they are told here, and a command that can be copied. */
export function Told({ text }: { text: string }) {
  const [before = "", command, time, after] = text.split(PARTS);
  return (
    <>
      <Words of={before} />
      {command && <Command text={command} />}
      {time && <At at={time} />}
      {after && <Told text={text.slice(before.length + (command ?? time ?? "").length)} />}
    </>
  );
}
