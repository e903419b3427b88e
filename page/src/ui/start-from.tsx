/** Whether a further try at a bead takes up what the last one left. */
import { Field } from "./form.tsx";

export const StartFrom = ({
  value,
  others = "what the last one left",
}: {
  value: string | undefined;
  others?: string;
}) => (
  <Field
    name="startFrom"
    label="A further try begins with"
    of={[
      ["", others],
      ["main", "the branch as it is then"],
    ]}
    value={value}
  />
);
