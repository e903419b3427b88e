/** Beads by their titles, a line each. */
import { problemOf } from "../api.ts";
import { usualRig } from "../store/usual-rig.ts";
import { Field, type Fields } from "./form.tsx";
import { nth, withErrors } from "./refusal.ts";

interface Line {
  rig: string;
  title: string;
  /** By which others of the same request wait for it. */
  ref: string;
  dependsOn: string[];
}

export const ManyFields = ({
  rigs,
  label,
  mayBeNone = false,
}: {
  rigs: readonly string[];
  label: string;
  mayBeNone?: boolean;
}) => (
  <>
    <Field name="titles" label={label} hint="a line each, 200 at most" long required={!mayBeNone} />
    <div class="pair">
      <Field name="rig" label="Rig" of={rigs} value={usualRig()} />
      <Field
        name="order"
        label="Order"
        of={[
          ["free", "side by side"],
          ["row", "each waits for the one before"],
        ]}
      />
    </div>
  </>
);

/** What is left of a line of a list as it is pasted. */
const titleOf = (line: string): string => line.trim().replace(/^[-*•]\s+(\[[ x]\]\s+)?/, "");

/** Of what was filled in. */
export function beadsIn({ rig = "", titles = "", order }: Fields): Line[] {
  const lines = titles.split("\n").flatMap((line) => titleOf(line) || []);
  return lines.map((title, index) => ({
    ...{ rig, title, ref: `line-${index + 1}` },
    dependsOn: order === "row" && index > 0 ? [`line-${index}`] : [],
  }));
}

/** Sends them. @throws Problem that says of which line it is, as it stands there */
export async function sendBeads<T>({ titles = "" }: Fields, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const problem = problemOf(error);
    const places = titles.split("\n").flatMap((line, place) => (titleOf(line) ? [place] : []));
    const errors = problem.errors.map(({ path, message }) => {
      const [, index] = /^beads\.(\d+)\.title$/.exec(path) ?? [];
      if (index === undefined) return { path: path === "beads" ? "titles" : path, message };
      return { path: "titles", message: `the ${nth(places[Number(index)] ?? Number(index))} line ${message}` };
    });
    throw withErrors(problem, errors);
  }
}
