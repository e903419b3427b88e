/** Registers a repository, and an agent for it; what a host finds of it is shown at once. */
import { useSignal } from "@preact/signals";
import { wordsOf } from "../../../src/lib/shell-words.ts";
import { type Agent, call, type Problem, problemOf, type Rig } from "../api.ts";
import { townPath } from "../route.ts";
import { rigs } from "../store/state.ts";
import { AgentProgram } from "./agent-fields.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import { Wrong } from "./problem.tsx";
import { RigPlace } from "./rig-fields.tsx";
import { Chip } from "./state.tsx";

type Looked = Rig & { look?: { ok: boolean; detail: string; hint: string | null } };
interface Check {
  name: string;
  ok: boolean;
  detail: string;
  hint: string | null;
}

export function AddRig({ onClose }: { onClose: () => void }) {
  const found = useSignal<Looked | null>(null);
  const send = async ({ id, repoUrl, gate, defaultBranch }: Fields) => {
    found.value = await call<Looked>({
      method: "POST",
      path: townPath("/rigs"),
      body: { id, repoUrl, ...(gate && { gate: wordsOf(gate) }), ...(defaultBranch && { defaultBranch }) },
    });
  };
  const { value: rig } = found;
  return (
    <Dialog title="Add a rig" onClose={onClose}>
      {rig ? (
        <>
          <p>
            {rig.id} is registered; its work lands on <code>{rig.defaultBranch}</code>.
          </p>
          {rig.look ? (
            <Checks checks={[{ name: "its repository", ...rig.look }]} />
          ) : (
            <p class="soft">No host could look at it yet.</p>
          )}
        </>
      ) : (
        <Form send="Add the rig" draft={townPath("/rigs")} onSend={send}>
          <p class="soft">A repository that the host's user can clone and push to without being asked.</p>
          <Field name="id" label="Name" required placeholder="app" />
          <RigPlace />
        </Form>
      )}
    </Dialog>
  );
}

export function AddAgent({ onClose }: { onClose: () => void }) {
  const made = useSignal<Agent | null>(null);
  const problem = useSignal<Problem | null>(null);
  const send = async ({ id, rig, preset, command, model, maxCostUsd }: Fields) => {
    made.value = await call<Agent>({
      method: "POST",
      path: townPath("/agents"),
      body: {
        ...{ id, rig },
        ...(preset === "exec" ? { command: wordsOf(command ?? "") } : { preset }),
        ...(model && { model }),
        ...(maxCostUsd && { maxCostUsd: Number(maxCostUsd) }),
      },
    });
    call<Agent>({ method: "POST", path: townPath(`/agents/${id}/preflight`), body: {} }).then(
      (agent) => {
        made.value = agent;
      },
      (error) => {
        problem.value = problemOf(error);
      },
    );
  };
  const { value: agent } = made;
  if (agent)
    return (
      <Dialog title={`Agent ${agent.id}`} onClose={onClose}>
        {agent.preflight && agent.preflight.state !== "pending" ? (
          <Checks checks={agent.preflight.checks} />
        ) : problem.value ? (
          <Wrong problem={problem.value} />
        ) : (
          <p class="soft">
            Registered. A host looks whether it could work: its tool, its login, the repository, a push …
          </p>
        )}
      </Dialog>
    );
  return (
    <Dialog title="Add an agent" onClose={onClose}>
      <Form send="Add the agent" draft={townPath("/agents")} onSend={send}>
        <div class="pair">
          <Field name="id" label="Name" required placeholder="ada" />
          <Field name="rig" label="Rig" of={rigs.value.map(({ id }) => id)} />
        </div>
        <AgentProgram draft={townPath("/agents")} />
      </Form>
    </Dialog>
  );
}

const Checks = ({ checks }: { checks: readonly Check[] }) => (
  <ul class="list">
    {checks.map(({ name, ok, detail, hint }) => (
      <li key={name}>
        <Chip icon={ok ? "check" : "cross"} tone={ok ? "ok" : "bad"}>
          {name}
        </Chip>{" "}
        <span>{detail}</span>
        {hint && <p class="soft small">{hint}</p>}
      </li>
    ))}
  </ul>
);
