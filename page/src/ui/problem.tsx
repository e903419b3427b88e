/** What went wrong: what it is, how to mend it, and the code by which it is found in the papers. */
import type { FieldError, Problem } from "../api.ts";
import { hintOf } from "../hints.ts";
import { Icon } from "./icon.tsx";
import { named } from "./refusal.ts";

/** It says by itself what the marks mean. */
const CHANGED_SINCE = 412;

interface Props {
  problem: Problem;
  /** What of it is said elsewhere. */
  said?: readonly FieldError[];
}

export function Wrong({ problem, said = [] }: Props) {
  const errors = problem.errors.filter((error) => !said.includes(error));
  // Where fields are named, what names a field tells nobody here anything.
  const hint = problem.errors.length > 0 ? null : hintOf(problem.hint);
  return (
    <div class="wrong" role="alert">
      <Icon name="alert" />
      <div>
        {said.length > 0 && (
          <p>{problem.status === CHANGED_SINCE ? problem.message : "What is marked above is not taken."}</p>
        )}
        {problem.errors.length === 0 && <p>{named(problem.message)}</p>}
        {errors.map(({ path, message }) => (
          <p key={path}>
            {path}: {message}
          </p>
        ))}
        {hint && <p class="soft">{hint}</p>}
        <p class="soft">
          <code>{problem.code}</code>
        </p>
      </div>
    </div>
  );
}

export const Empty = ({ children }: { children: preact.ComponentChildren }) => <div class="empty">{children}</div>;
