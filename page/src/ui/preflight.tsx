/** What a host finds of an agent, or of a rig's repository, before anything of it runs. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Agent, call, type Problem, problemOf, type Rig } from "../api.ts";
import { townPath } from "../route.ts";
import { touched } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { Dialog } from "./dialog.tsx";
import { Wrong } from "./problem.tsx";
import { Chip } from "./state.tsx";
import { Told } from "./told.tsx";

interface Check {
  name: string;
  ok: boolean;
  detail: string;
  hint: string | null;
}
export type Looked = Rig & { look?: { ok: boolean; detail: string; hint: string | null } };

interface Props {
  kind: "agent" | "rig";
  id: string;
  /** What has been done to it, as a sentence. */
  done: string;
  /** What is known of it already. Left out: a host is asked. */
  found?: Looked;
  onEdit: () => void;
  onClose: () => void;
}

export function Preflight({ kind, id, done, found, onEdit, onClose }: Props) {
  const checks = useSignal<readonly Check[] | null>(found ? checksOf(found) : null);
  const problem = useSignal<Problem | null>(null);
  const isBusy = useSignal(false);
  const look = async () => {
    isBusy.value = true;
    problem.value = null;
    try {
      const path = townPath(`/${kind}s/${id}/preflight`);
      checks.value = checksOf(await call<Agent | Looked>({ method: "POST", path, body: {} }));
      touched();
    } catch (error) {
      problem.value = problemOf(error);
    }
    isBusy.value = false;
  };
  useEffect(() => {
    if (!found) void look();
  }, []);
  return (
    <Dialog title={`${kind === "agent" ? "Agent" : "Rig"} ${id}`} onClose={onClose}>
      <p>{done}</p>
      {isBusy.value ? (
        <p class="soft" role="status">
          {kind === "agent"
            ? "A host looks whether it could work: its tool, its login, the repository, a push …"
            : "A host looks at its repository …"}
        </p>
      ) : problem.value ? (
        <Wrong problem={problem.value} />
      ) : checks.value?.length ? (
        <Checks checks={checks.value} />
      ) : (
        <p class="soft">No host could look at it yet.</p>
      )}
      <div class="row">
        <Button needs={[`${kind}s:write`]} name={`Edit ${id}`} onClick={onEdit}>
          Edit
        </Button>
        <Button needs={[`${kind}s:write`]} isBusy={isBusy.value} onClick={look}>
          Look again
        </Button>
      </div>
    </Dialog>
  );
}

function checksOf(thing: Agent | Looked): readonly Check[] {
  if ("preflight" in thing) return thing.preflight?.state === "pending" ? [] : (thing.preflight?.checks ?? []);
  const { look } = thing as Looked;
  return look ? [{ name: "its repository", ...look }] : [];
}

const Checks = ({ checks }: { checks: readonly Check[] }) => (
  <ul class="list">
    {checks.map(({ name, ok, detail, hint }) => (
      <li key={name}>
        <Chip icon={ok ? "check" : "cross"} tone={ok ? "ok" : "bad"}>
          {name}
        </Chip>{" "}
        <span>
          <Told text={detail} />
        </span>
        {hint && (
          <p class="soft small">
            <Told text={hint} />
          </p>
        )}
      </li>
    ))}
  </ul>
);
