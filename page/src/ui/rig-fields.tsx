/** Where a rig's repository is, and what must pass there, as it is filled in: when it is added, and when it is changed. */
import { Field, type Fields } from "./form.tsx";

export const RigPlace = ({ of = {} }: { of?: Fields }) => (
  <>
    <Field name="repoUrl" label="Repository" required placeholder="git@example.com:you/app.git" value={of.repoUrl} />
    <Field name="gate" label="Gate" hint="must pass on what lands" placeholder="npm test" value={of.gate} />
    <Field
      name="defaultBranch"
      label="Branch"
      hint="the remote's own, if left empty"
      placeholder="main"
      value={of.defaultBranch}
    />
  </>
);
