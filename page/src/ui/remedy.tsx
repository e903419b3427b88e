/** How to mend something, in words, where what is typed at a terminal can be copied. */
import { Command } from "./copy.tsx";

/** As the host says it, and nothing else: what an agent wrote may stand in such words too, and is offered to nobody to be run. */
const COMMAND = /\b(git (?:-C \/[\w./@+~-]+ )?config receive\.denyCurrentBranch updateInstead)\b/;

export function Remedy({ text }: { text: string }) {
  const [before, command, after] = text.split(COMMAND);
  if (!command) return <>{text}</>;
  return (
    <>
      {before}
      <Command text={command} />
      {after}
    </>
  );
}
