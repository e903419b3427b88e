/** Whether a further try at a bead takes up what the last one left. */
import { Field } from "./form.tsx";

export const StartFrom = ({ value }: { value: string | undefined }) => (
  <Field
    name="startFrom"
    label="A further try begins with"
    of={[
      ["", "what the last one left"],
      ["main", "the branch as it is then"],
    ]}
    value={value}
  />
);
