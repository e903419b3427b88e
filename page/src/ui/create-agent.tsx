/** Registers a repository, and an agent for it. */
import { wordsOf } from "../../../src/lib/shell-words.ts";
import { type Agent, call } from "../api.ts";
import { townPath } from "../route.ts";
import { rigs } from "../store/state.ts";
import { used, usualRig } from "../store/usual-rig.ts";
import { AgentProgram } from "./agent-fields.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import type { Looked } from "./preflight.tsx";
import { RigPlace } from "./rig-fields.tsx";

interface Props<T> {
  /** What a host finds of it is shown next. */
  onMade: (made: T) => void;
  onClose: () => void;
}

export function AddRig({ onMade, onClose }: Props<Looked>) {
  const send = async ({ id, repoUrl, gate, defaultBranch }: Fields) => {
    const body = { id, repoUrl, ...(gate && { gate: wordsOf(gate) }), ...(defaultBranch && { defaultBranch }) };
    used(id);
    onMade(await call<Looked>({ method: "POST", path: townPath("/rigs"), body }));
  };
  return (
    <Dialog title="Add a rig" onClose={onClose}>
      <Form send="Add the rig" draft={townPath("/rigs")} onSend={send}>
        <p class="soft">A repository that the host's user can clone and push to without being asked.</p>
        <Field name="id" label="Name" required placeholder="app" />
        <RigPlace />
      </Form>
    </Dialog>
  );
}

export function AddAgent({ onMade, onClose }: Props<Agent>) {
  const send = async ({ id, rig, preset, command, model, maxCostUsd }: Fields) => {
    const body = {
      ...{ id, rig },
      ...(preset === "exec" ? { command: wordsOf(command ?? "") } : { preset }),
      ...(model && { model }),
      ...(maxCostUsd && { maxCostUsd: Number(maxCostUsd) }),
    };
    used(rig);
    onMade(await call<Agent>({ method: "POST", path: townPath("/agents"), body }));
  };
  return (
    <Dialog title="Add an agent" onClose={onClose}>
      <Form send="Add the agent" draft={townPath("/agents")} onSend={send}>
        <div class="pair">
          <Field name="id" label="Name" required placeholder="ada" />
          <Field name="rig" label="Rig" of={rigs.value.map(({ id }) => id)} value={usualRig()} />
        </div>
        <AgentProgram draft={townPath("/agents")} />
      </Form>
    </Dialog>
  );
}
