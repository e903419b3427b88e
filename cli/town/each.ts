import { ApiProblem } from "../client.ts";
import { spoken } from "./again.ts";
import type { Desk } from "./desk.ts";
import { problemLine } from "./faults.ts";
import type { Shape } from "./output.ts";
import { plain } from "./text.ts";

/** What would be said of every one. */
const OF_ALL = new Set(["unauthenticated", "forbidden", "town_not_found"]);

interface Done {
  told: object;
  sentence: string;
}

/**
 * The same for each of several things, one after the other: what is refused of one keeps no other from it, is told, and has the exit code be 1.
 *
 * @returns those of which it was done
 * @throws ApiProblem where only one is named, or of all the same would be said
 */
export async function each(
  desk: Desk,
  given: readonly string[],
  shape: Shape,
  act: (id: string) => Promise<Done>,
): Promise<string[]> {
  const ids = [...new Set(given)];
  // Programs that read JSON read one value.
  const isList = desk.format === "json" && ids.length > 1;
  const done = new Map<string, object>();
  for (const id of ids) {
    try {
      const { told, sentence } = await act(id);
      done.set(id, told);
      if (!isList) desk.done(told, shape, sentence);
    } catch (error) {
      if (!(error instanceof ApiProblem) || ids.length === 1 || OF_ALL.has(error.code)) throw error;
      process.stderr.write(refusedLine(desk, error));
      process.exitCode = 1;
    }
  }
  if (isList) desk.showList([...done.values()], shape);
  return [...done.keys()];
}

const refusedLine = ({ format, again }: Desk, error: ApiProblem): string =>
  format === "json" || format === "jsonl"
    ? problemLine(error, error)
    : `town: ${spoken(plain(error.message), again)} (${error.code})\n`;
