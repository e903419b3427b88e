/** Makes a convoy, and changes which beads belong to one. */
import { type Signal, useSignal } from "@preact/signals";
import { useId } from "preact/hooks";
import { type Bead, type Convoy, call } from "../api.ts";
import { go, pathTo, townPath } from "../route.ts";
import { searchFor } from "../store/search.ts";
import { beadOf, beads, rigs } from "../store/state.ts";
import { command } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { Dialog } from "./dialog.tsx";
import { Field, type Fields, Form } from "./form.tsx";
import { beadsIn, ManyFields, sendBeads } from "./many-beads.tsx";
import { Empty } from "./problem.tsx";
import { Words } from "./told.tsx";

/** A name for people as one for addresses. */
const slugOf = (title: string): string =>
  title
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "");

export function CreateConvoy({ onClose }: { onClose: () => void }) {
  const names = rigs.value.map(({ id }) => id);
  return (
    <Dialog title="Create a convoy" onClose={onClose}>
      {names.length === 0 ? (
        <Empty>
          <p>
            Its beads are for a repository, and none is registered yet. Under Agents one is added, or at a terminal:
          </p>
          <Command text={command("init")} />
        </Empty>
      ) : (
        <New rigs={names} onClose={onClose} />
      )}
    </Dialog>
  );
}

function New({ rigs: names, onClose }: { rigs: readonly string[]; onClose: () => void }) {
  const id = useSignal("");
  const isNamed = useSignal(false);
  const joins = useSignal<readonly string[]>([]);
  const send = async (fields: Fields) => {
    const body = convoyIn(fields, joins.value);
    const made = await sendBeads(fields, () => call<Convoy>({ method: "POST", path: townPath("/convoys"), body }));
    onClose();
    go(pathTo("convoys", made.id));
  };
  return (
    <Form send="Create the convoy" onSend={send}>
      <div class="pair">
        <Field
          name="title"
          label="Title"
          required
          placeholder="Release 1.0"
          onInput={(title) => {
            if (!isNamed.value) id.value = slugOf(title);
          }}
        />
        <Field
          name="id"
          label="Name"
          hint="in addresses"
          required
          placeholder="release-1-0"
          value={id.value}
          onInput={(text) => {
            isNamed.value = true;
            id.value = text;
          }}
        />
      </div>
      <ManyFields rigs={names} label="New beads" mayBeNone={joins.value.length > 0} />
      <Picker chosen={joins} />
      <Terms />
    </Form>
  );
}

const Terms = () => (
  <div class="pair">
    <Field name="branch" label="Branch" hint="all of it lands at once in the end; each by itself, if left empty" />
    <Field
      name="onFailure"
      label="Where one fails"
      of={[
        ["block", "what waits for it waits on"],
        ["continue", "the others go on without it"],
      ]}
    />
    <Field
      name="begins"
      label="It begins"
      of={[
        ["now", "at once"],
        ["held", "when somebody starts it"],
      ]}
    />
  </div>
);

const convoyIn = ({ id, title, branch, onFailure, begins, ...fields }: Fields, members: readonly string[]) => ({
  ...{ id, title, onFailure, held: begins === "held", beads: beadsIn(fields), members },
  ...(branch && { branch }),
});

const changeMembers = (id: string, add: readonly string[], remove: readonly string[]): Promise<Convoy> =>
  call<Convoy>({ method: "POST", path: townPath(`/convoys/${id}/beads`), body: { add, remove } });

export function ChangeMembers({ convoy: { id, members }, onClose }: { convoy: Convoy; onClose: () => void }) {
  const add = useSignal<readonly string[]>([]);
  const remove = useSignal<readonly string[]>([]);
  const isNothing = add.value.length + remove.value.length === 0;
  const send = async () => {
    if (!isNothing) await changeMembers(id, add.value, remove.value);
    onClose();
  };
  return (
    <Dialog title={`Members of ${id}`} onClose={onClose}>
      <Form send={isNothing ? "Leave them as they are" : wordsOf(add.value.length, remove.value.length)} onSend={send}>
        <Picker chosen={add} />
        <fieldset class="choices">
          <legend>Members; what is unticked leaves, and is worked on all the same</legend>
          {members.map(({ id: bead, title }) => (
            <label key={bead} class="row">
              <input
                type="checkbox"
                checked={!remove.value.includes(bead)}
                onChange={(event) => {
                  const others = remove.value.filter((one) => one !== bead);
                  remove.value = event.currentTarget.checked ? others : [...others, bead];
                }}
              />
              <span class="id">{bead}</span>
              <span>
                <Words of={title} />
              </span>
            </label>
          ))}
        </fieldset>
      </Form>
    </Dialog>
  );
}

const wordsOf = (adds: number, removes: number): string =>
  [adds > 0 && `Add ${adds}`, removes > 0 && `${adds > 0 ? "take" : "Take"} out ${removes}`].filter(Boolean).join(", ");

const FOUND = 8;

const mayJoin = ({ convoy, status, type }: Bead): boolean =>
  convoy === null && status !== "closed" && status !== "cancelled" && type !== "record";

/** Beads that there are, found by words. Enter takes the first that is found. */
function Picker({ chosen }: { chosen: Signal<readonly string[]> }) {
  const id = useId();
  const text = useSignal("");
  const isFound = searchFor(text.value);
  const free = beads.value.filter((bead) => mayJoin(bead) && !chosen.value.includes(bead.id));
  const found = free.filter(isFound);
  const take = (bead: Bead | undefined) => {
    if (!bead) return;
    chosen.value = [...chosen.value, bead.id];
    text.value = "";
  };
  return (
    <div class="field">
      <label for={id}>
        Beads that there are <span class="soft">of no convoy yet</span>
      </label>
      {chosen.value.map((one) => (
        <span key={one} class="row">
          <span class="id">{one}</span>
          <Words of={beadOf.value.get(one)?.title ?? ""} />
          <button
            type="button"
            class="button"
            aria-label={`Without ${one}`}
            onClick={() => {
              chosen.value = chosen.value.filter((other) => other !== one);
            }}
          >
            Without it
          </button>
        </span>
      ))}
      <input
        id={id}
        type="search"
        autocomplete="off"
        placeholder="Search: words, agents, labels"
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          if (text.value.trim() !== "") take(found[0]);
        }}
      />
      {free.length === 0 ? (
        <p class="soft small">There is no bead that is not over and belongs to no convoy.</p>
      ) : (
        text.value.trim() !== "" && <Found of={found} onTake={take} />
      )}
    </div>
  );
}

const Found = ({ of, onTake }: { of: readonly Bead[]; onTake: (bead: Bead) => void }) => (
  <>
    <ul class="list found">
      {of.slice(0, FOUND).map((bead) => (
        <li key={bead.id}>
          <button type="button" class="bare" onClick={() => onTake(bead)}>
            <span class="id">{bead.id}</span> <Words of={bead.title} />
          </button>
        </li>
      ))}
    </ul>
    <p class="soft small" role="status">
      {of.length === 0 ? "None has these words." : of.length > FOUND ? `And ${of.length - FOUND} more.` : ""}
    </p>
  </>
);
