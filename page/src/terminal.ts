/** Commands as they are typed where the town that is shown runs: the one place that makes them. */
import { route } from "./route.ts";
import { rigs } from "./store/state.ts";

const told = (name: string): string | null =>
  document.querySelector<HTMLMetaElement>(`meta[name=${name}]`)?.content ?? null;

/** With `{}` for the words. Only `npm start` says; elsewhere it is the command alone, with a context that leads there. */
const PATTERN = told("town-command") ?? "town {}";

/** The state folder, as a shell takes it. Null: it is not on the machine of who looks, or that is not known. */
export const stateFolder = told("town-state");

/** What is of all towns. */
const OF_ALL = /^token /;

/** @param words behind what calls it, as in `bead list`; of the town that is shown, where one is */
export function command(words: string): string {
  const { town } = route.value;
  // `town town set` is `town set`.
  const own = PATTERN.startsWith("town ") ? words.replace(/^town /, "") : words;
  const all = town === null || OF_ALL.test(words) ? own : `${own} --town ${town}`;
  return PATTERN.replace("{}", () => all);
}

/** The same of a command as the town says it, which does not know from where it is asked. */
export const commandAsTold = (text: string): string => command(text.replace(/^npm run town -- /, ""));

const someRig = (): string => rigs.value[0]?.id ?? "app";

export const addAgent = (): string => command(`agent add ada --rig ${someRig()} --preset claude`);
export const createBead = (): string => command(`bead create "Add a --version flag" --rig ${someRig()}`);
