/** Makes work: one bead, or many at once, a line each. */
import { signal } from "@preact/signals";
import { type Bead, call } from "../api.ts";
import { go, pathTo, townPath } from "../route.ts";
import { rigs } from "../store/state.ts";
import { used, usualRig } from "../store/usual-rig.ts";
import { command } from "../terminal.ts";
import { BeadLabels, BeadPriority, BeadText, BeadType } from "./bead-fields.tsx";
import { Command } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form, listIn } from "./form.tsx";
import { beadsIn, ManyFields, sendBeads } from "./many-beads.tsx";
import { Empty } from "./problem.tsx";

const open = signal<"none" | "one" | "many">("none");

export const createBead = (): void => {
  open.value = "one";
};

const close = () => {
  open.value = "none";
};

export function CreateBead() {
  if (open.value === "none") return null;
  const isOne = open.value === "one";
  const names = rigs.value.map(({ id }) => id);
  return (
    <Dialog title={isOne ? "Create a bead" : "Create beads"} onClose={close}>
      {names.length === 0 ? (
        <Empty>
          <p>A bead is for a repository, and none is registered yet. Under Agents one is added, or at a terminal:</p>
          <Command text={command("init")} />
        </Empty>
      ) : (
        <>
          <div class="row">
            <Tab is="one" words="One" />
            <Tab is="many" words="Many, a line each" />
          </div>
          {isOne ? <One rigs={names} /> : <Many rigs={names} />}
        </>
      )}
    </Dialog>
  );
}

const Tab = ({ is, words }: { is: "one" | "many"; words: string }) => (
  <button
    type="button"
    class="button"
    aria-pressed={open.value === is}
    onClick={() => {
      open.value = is;
    }}
  >
    {words}
  </button>
);

function One({ rigs: names }: { rigs: readonly string[] }) {
  const send = async ({ rig, title, body, acceptance, type, priority, dependsOn, labels }: Fields) => {
    const bead = await call<Bead>({
      method: "POST",
      path: townPath("/beads"),
      body: {
        ...{ rig, title, body, acceptance, type },
        priority: Number(priority),
        dependsOn: listIn(dependsOn),
        labels: listIn(labels),
      },
    });
    used(rig);
    close();
    go(pathTo("beads", bead.id));
  };
  return (
    <Form send="Create the bead" draft={townPath("/beads")} onSend={send}>
      <BeadText />
      <div class="pair">
        <Field name="rig" label="Rig" of={names} value={usualRig()} />
        <BeadType />
        <BeadPriority value="2" />
      </div>
      <div class="pair">
        <Field name="dependsOn" label="Waits for" placeholder="app-1 app-2" />
        <BeadLabels />
      </div>
    </Form>
  );
}

function Many({ rigs: names }: { rigs: readonly string[] }) {
  const send = async (fields: Fields) => {
    const body = { beads: beadsIn(fields) };
    await sendBeads(fields, () => call({ method: "POST", path: townPath("/beads:batch"), body }));
    used(fields.rig);
    close();
    go(pathTo("board"));
  };
  return (
    <Form send="Create the beads" draft={townPath("/beads:batch")} onSend={send}>
      <ManyFields rigs={names} label="Titles" />
    </Form>
  );
}
