/** What went wrong: what it is, how to mend it, and the code by which it is found in the papers. */
import type { Problem } from "../api.ts";
import { Icon } from "./icon.tsx";

export const Wrong = ({ problem }: { problem: Problem }) => (
  <div class="wrong" role="alert">
    <Icon name="alert" />
    <div>
      <p>{problem.message}</p>
      {problem.hint && <p class="soft">{problem.hint}</p>}
      <p class="soft">
        <code>{problem.code}</code>
      </p>
    </div>
  </div>
);

export const Empty = ({ children }: { children: preact.ComponentChildren }) => <div class="empty">{children}</div>;
