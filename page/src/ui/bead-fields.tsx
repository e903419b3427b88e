/** What a bead says of itself, as it is filled in: when it is created, and when it is changed. */
import { Field, type Fields } from "./form.tsx";

const PRIORITIES = [
  ["0", "0, now"],
  ["1", "1"],
  ["2", "2, as usual"],
  ["3", "3"],
  ["4", "4, some day"],
] as const;

export const BeadText = ({ of = {} }: { of?: Fields }) => (
  <>
    <Field name="title" label="Title" required placeholder="Add a --version flag" value={of.title} />
    <Field name="body" label="What is to be done" long placeholder="As its agent is to read it." value={of.body} />
    <Field name="acceptance" label="Done when" hint="(may be left empty)" value={of.acceptance} />
  </>
);

export const BeadType = ({ value }: { value?: string | undefined }) => (
  <Field name="type" label="Type" of={["task", "bug", "chore", "review"]} value={value} />
);

export const BeadPriority = ({ value }: { value: string | undefined }) => (
  <Field name="priority" label="Priority" of={PRIORITIES} value={value} />
);

export const BeadLabels = ({ value }: { value?: string | undefined }) => (
  <Field name="labels" label="Labels" placeholder="docs, ui" value={value} />
);
