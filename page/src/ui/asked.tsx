/** What the page of agents and rigs asks over itself: what is to be added, how something is to be, and whether it is to go. */
import { signal } from "@preact/signals";
import { Button } from "./button.tsx";
import { later } from "./later.tsx";

const AddAgent = later(async () => (await import("./create-agent.tsx")).AddAgent);
const AddRig = later(async () => (await import("./create-agent.tsx")).AddRig);
const EditAgent = later(async () => (await import("./edit-agent.tsx")).EditAgent);
const EditRig = later(async () => (await import("./edit-rig.tsx")).EditRig);
const Remove = later(async () => (await import("./remove.tsx")).Remove);

type What = "agent" | "rig";

const adds = signal<"none" | What>("none");
/** What is asked about something that there is. */
const asks = signal<{ verb: "edit" | "remove"; kind: What; id: string } | null>(null);
const close = () => {
  adds.value = "none";
  asks.value = null;
};
export const add = (what: What) => (
  <Button
    needs={[`${what}s:write`]}
    onClick={() => {
      adds.value = what;
    }}
  >
    Add {what === "rig" ? "a rig" : "an agent"}
  </Button>
);

export function Asked() {
  if (adds.value === "rig") return <AddRig onClose={close} />;
  if (adds.value === "agent") return <AddAgent onClose={close} />;
  const { value: asked } = asks;
  if (asked === null) return null;
  const { verb, kind, id } = asked;
  if (verb === "remove") return <Remove kind={kind} id={id} onClose={close} />;
  return kind === "agent" ? <EditAgent id={id} onClose={close} /> : <EditRig id={id} onClose={close} />;
}

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
