/** What the page of agents and rigs asks over itself: what is to be added, how something is to be, and whether it is to go. */
import { signal } from "@preact/signals";
import type { Agent } from "../api.ts";
import { Button } from "./button.tsx";
import { later } from "./later.tsx";
import type { Looked } from "./preflight.tsx";

const AddAgent = later(async () => (await import("./create-agent.tsx")).AddAgent);
const AddRig = later(async () => (await import("./create-agent.tsx")).AddRig);
const EditAgent = later(async () => (await import("./edit-agent.tsx")).EditAgent);
const EditRig = later(async () => (await import("./edit-rig.tsx")).EditRig);
const Preflight = later(async () => (await import("./preflight.tsx")).Preflight);
const Remove = later(async () => (await import("./remove.tsx")).Remove);

type What = "agent" | "rig";

type Asks =
  | { verb: "add"; kind: What }
  /** About something that there is. */
  | { verb: "edit" | "remove"; kind: What; id: string }
  | { verb: "look"; kind: What; id: string; done: string; found?: Looked };

const asks = signal<Asks | null>(null);
const close = () => {
  asks.value = null;
};
export const add = (what: What) => (
  <Button
    needs={[`${what}s:write`]}
    onClick={() => {
      asks.value = { verb: "add", kind: what };
    }}
  >
    Add {what === "rig" ? "a rig" : "an agent"}
  </Button>
);

export function Asked() {
  const { value: asked } = asks;
  if (asked === null) return null;
  const { verb, kind } = asked;
  if (verb === "add")
    return kind === "rig" ? (
      <AddRig onMade={rigMade} onClose={close} />
    ) : (
      <AddAgent onMade={agentMade} onClose={close} />
    );
  const { id } = asked;
  if (verb === "remove") return <Remove kind={kind} id={id} onClose={close} />;
  if (verb === "look") {
    const edit = () => {
      asks.value = { verb: "edit", kind, id };
    };
    return <Preflight key={id} {...asked} onEdit={edit} onClose={close} />;
  }
  return kind === "agent" ? <EditAgent id={id} onClose={agentEdited} /> : <EditRig id={id} onClose={close} />;
}

const agentMade = ({ id }: Agent) => look(id, "It is registered.");
const agentEdited = (agent?: Agent) => (agent ? look(agent.id, "It is saved.") : close());
const look = (id: string, done: string) => {
  asks.value = { verb: "look", kind: "agent", id, done };
};
const rigMade = (found: Looked) => {
  // Where nobody could look, or found nothing, the branch is a guess.
  const lands = found.look?.ok === false ? "." : `; its work lands on ${found.defaultBranch}.`;
  const done = `It is registered${lands}`;
  asks.value = { verb: "look", kind: "rig", id: found.id, done, found };
};

export const ask = (verb: "edit" | "remove", kind: What, id: string) => {
  const label = verb === "edit" ? "Edit" : "Remove";
  return (
    <Button
      needs={[`${kind}s:write`]}
      kind={verb === "edit" ? "plain" : "danger"}
      name={`${label} ${id}`}
      onClick={() => {
        asks.value = { verb, kind, id };
      }}
    >
      {label}
    </Button>
  );
};
