/** Beads by their titles, a line each. */
import { Field, type Fields } from "./form.tsx";

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
      <Field name="rig" label="Rig" of={rigs} />
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

/** Of what was filled in. */
export function beadsIn({ rig = "", titles = "", order }: Fields): Line[] {
  const lines = titles.split("\n").flatMap((line) => line.trim() || []);
  return lines.map((title, index) => ({
    ...{ rig, title, ref: `line-${index + 1}` },
    dependsOn: order === "row" && index > 0 ? [`line-${index}`] : [],
  }));
}
