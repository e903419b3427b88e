/** Removes an agent or a rig, and has back what was removed. */
import { signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { type Bead, call, type Removed as RemovedThing } from "../api.ts";
import { townPath } from "../route.ts";
import { scopeOf } from "../scopes.ts";
import { agents, beads, convoys, rigs } from "../store/state.ts";
import { Dialog } from "./dialog.tsx";
import { Form } from "./form.tsx";
import { useAsk } from "./hooks.ts";
import { When } from "./time.tsx";
import { Verb } from "./verb.tsx";

type Kind = RemovedThing["kind"];

/** What goes with it, and what stays. */
const WORDS: Readonly<Record<"agent" | "rig", string>> = {
  agent: "It is given no work any more. What it did stays in the history of its beads.",
  rig: "Nothing lands there any more. The repository itself is left as it is.",
};

/** The last that was removed here: whoever did that by mistake has the way back at hand. */
const last = signal<string | null>(null);
const nameOf = (kind: Kind, id: string): string => `${kind} ${id}`;
export const removedHere = (kind: Kind, id: string): void => {
  last.value = nameOf(kind, id);
};

const SOME = 5;
const some = (ids: readonly string[]): string =>
  ids.length > SOME ? `${ids.slice(0, SOME).join(", ")} and ${ids.length - SOME} more` : ids.join(", ");

/** What will be refused for now, as far as it is known here: a sentence each. */
function inTheWay(kind: "agent" | "rig", id: string): string[] {
  if (kind === "agent") {
    const agent = agents.value.find((one) => one.id === id);
    if (!agent?.bead) return [];
    return agent.status === "idle"
      ? [`It has ${agent.bead} for its next try: hold that first.`]
      : [`It is at work on ${agent.bead}: stop its run first.`];
  }
  const its = agents.value.flatMap((agent) => (agent.rig === id ? [agent.id] : []));
  const ofIt = beads.value.filter(({ rig }) => rig === id);
  const isOver = ({ status }: Bead): boolean => status === "closed" || status === "cancelled";
  const [left, over] = [ofIt.filter((bead) => !isOver(bead)), ofIt.filter(isOver)];
  return [
    ...(its.length > 0 ? [`It has agents: ${some(its)}. Remove them first.`] : []),
    ...(left.length > 0
      ? [`It has beads that are not over: ${some(left.map((one) => one.id))}. Close or cancel them.`]
      : []),
    ...(over.length > 0
      ? [
          `It has beads that are over and kept still: ${some(over.map((one) => one.id))}. They go by themselves in time.`,
        ]
      : []),
  ];
}

export function Remove({ kind, id, onClose }: { kind: "agent" | "rig"; id: string; onClose: () => void }) {
  const path = townPath(`/${kind}s/${id}`);
  const send = async () => {
    await call({ method: "DELETE", path });
    removedHere(kind, id);
    onClose();
  };
  return (
    <Dialog title={`Remove ${id}`} onClose={onClose}>
      <Form send={`Remove ${id}`} needs={[scopeOf({ path })]} kind="danger" onSend={send}>
        <p>{WORDS[kind]} It can be brought back, as it is set now.</p>
        {inTheWay(kind, id).map((why) => (
          <p key={why} class="warn">
            {why}
          </p>
        ))}
      </Form>
    </Dialog>
  );
}

export function Removed({ kinds }: { kinds: readonly Kind[] }) {
  const mark = [agents, rigs, convoys].map(({ value }) => value.length).join(" ");
  const { value } = useAsk<{ items: RemovedThing[] }>(townPath("/removed"), mark);
  const items = value?.items.filter(({ kind }) => kinds.includes(kind)) ?? [];
  const isNew = items.some(({ kind, id }) => nameOf(kind, id) === last.value);
  const isOpen = useSignal(false);
  useEffect(() => {
    if (isNew) isOpen.value = true;
  }, [isNew]);
  if (items.length === 0) return null;
  return (
    <details
      open={isOpen.value || isNew}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary class="soft small">{items.length} removed, which can be brought back</summary>
      <ul class="list" aria-label="Removed">
        {items.map((one) => (
          <Row key={nameOf(one.kind, one.id)} removed={one} />
        ))}
      </ul>
    </details>
  );
}

function Row({ removed: { kind, id, removedAt, keptUntil } }: { removed: RemovedThing }) {
  const element = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (last.peek() === nameOf(kind, id)) element.current?.querySelector("button")?.focus();
  }, []);
  return (
    <li ref={element} class="item">
      <div class="row apart">
        <span class="row">
          <span class="soft">{kind}</span>
          <span class="strong">{id}</span>
        </span>
        <span class="soft small">
          removed <When at={removedAt} />
          {keptUntil && (
            <>
              , gone for good <When at={keptUntil} isAhead />
            </>
          )}
        </span>
      </div>
      <div class="row">
        <Verb
          request={{ method: "POST", path: townPath(`/${kind}s/${encodeURIComponent(id)}/restore`) }}
          label="Bring it back"
          name={`Bring ${id} back`}
          onDone={() => {
            last.value = null;
          }}
        />
      </div>
    </li>
  );
}
