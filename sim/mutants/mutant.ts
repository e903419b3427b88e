/** One place of one file, and what stands there instead. */
export interface Edit {
  /** From the root of the repository. */
  file: string;
  /** Occurs exactly once in the file, or the mutant is out of date. */
  find: string;
  replace: string;
}

/** A known bug of this field, put back on purpose, as data: the program itself has no switches for its own bugs. */
export interface Mutant {
  name: string;
  /** What goes wrong for a user when this is so. */
  why: string;
  edits: readonly Edit[];
  /** Options of the simulated world, beside the seed, where the usual ones would never get there. */
  world?: Readonly<Record<string, unknown>>;
  /** The scenario whose crash points, all of them, are tried first: where a bug needs a town that only it sets up. */
  scenario?: string;
  /** What has to be there first: it is listed and not run. */
  pending?: string;
}

/** The text with each edit in its place. Throws where an edit no longer fits, or changes nothing. */
export function edited(text: string, edits: readonly Edit[]): string {
  return edits.reduce((current, { file, find, replace }) => {
    const places = current.split(find).length - 1;
    if (places !== 1) throw new Error(`${file}: found ${places} times, wanted once: ${JSON.stringify(find)}`);
    if (find === replace) throw new Error(`${file}: the edit changes nothing: ${JSON.stringify(find)}`);
    return current.replace(find, () => replace);
  }, text);
}
