/** What could be typed next: one answer for every shell, which asks by `town __complete WORDS…`. */
import type { Command, Option } from "commander";
import type { Names } from "../client.ts";
import type { Desk } from "./desk.ts";

/** What a shell must be told once, by its name. */
export const shells = {
  bash: `_town() {
  local IFS=$'\\n'
  COMPREPLY=($(town __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o default -F _town town
`,
  zsh: `#compdef town
_town() {
  local -a found
  found=("\${(@f)$(town __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  compadd -a found
}
compdef _town town
`,
  fish: `complete -c town -f -a '(town __complete (commandline -opc)[2..] (commandline -ct) 2>/dev/null)'
`,
} as const;

/** What can stand there: known words, or things of the town that only it can name. */
export interface Wanted {
  words: string[];
  things: string | null;
}

/** @param words what is typed behind `town`; the last one is not whole */
export function wantedBy(root: Command, words: readonly string[]): Wanted {
  const [last = ""] = words.slice(-1);
  let command = root;
  let places = 0;
  let open: Option | null = null;
  for (const word of words.slice(0, -1)) {
    if (open !== null) open = null;
    else if (word.startsWith("-")) open = valued(optionOf(root, command, word), word);
    else {
      const next = command.commands.find((each) => each.name() === word);
      if (next === undefined) places++;
      else command = next;
    }
  }
  if (open !== null) return { words: beginning(open.argChoices ?? [], last), things: kindOf(open.long ?? "") };
  if (last.startsWith("-")) {
    const known = [...command.options, ...root.options].flatMap(({ long }) => long ?? []);
    return { words: beginning([...known, "--help"], last), things: null };
  }
  const verbs = command.commands.map((each) => each.name());
  // A word that is no command leads nowhere.
  if (verbs.length > 0) return { words: places === 0 ? beginning(verbs, last) : [], things: null };
  const slots = command.registeredArguments;
  const slot = slots[places] ?? slots.filter(({ variadic }) => variadic).at(-1);
  return { words: beginning(slot?.argChoices ?? [], last), things: kindOf(slot?.name() ?? "") };
}

const optionOf = (root: Command, command: Command, word: string): Option | undefined =>
  [...command.options, ...root.options].find(({ long, short }) => long === word || short === word);

/** Null: its value is not another word. */
const valued = (option: Option | undefined, word: string): Option | null =>
  option && (option.required || option.optional) && !word.includes("=") ? option : null;

const beginning = (words: readonly string[], start: string): string[] => words.filter((word) => word.startsWith(start));

/** What a place for a name is for: `beads…`, `--depends-on`. */
function kindOf(place: string): string | null {
  const kind = place.replace(/^--/, "").replace(/s$/, "");
  return ["depends-on", "not-on", "on", "parent"].includes(kind) ? "bead" : Object.hasOwn(LISTS, kind) ? kind : null;
}

const LISTS = {
  bead: "/beads",
  rig: "/rigs",
  agent: "/agents",
  convoy: "/convoys",
  host: "/hosts",
  provider: "/providers",
} as const;

/** The names of a town's things. */
export async function namesOf(desk: Desk, kind: string): Promise<string[]> {
  const path = LISTS[kind as keyof typeof LISTS];
  const { items } = await desk.town.get(path, {} as Names<typeof path>);
  return items.map(({ id }) => id);
}
