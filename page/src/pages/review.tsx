/** What waits for a person or came back, of all rigs: one after the other, by keys. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type AttemptLog, type Bead, type BeadDetail, call, versioned } from "../api.ts";
import { townPath } from "../route.ts";
import { lackOf } from "../scopes.ts";
import { beads, rigs } from "../store/state.ts";
import { BeadVerbs } from "../ui/bead-verbs.tsx";
import { Button } from "../ui/button.tsx";
import { Changes } from "../ui/changes.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, Form } from "../ui/form.tsx";
import { useAsk } from "../ui/hooks.ts";
import { KeyHint, pressedBy } from "../ui/keys.tsx";
import { BeadLink } from "../ui/link.tsx";
import { Notes } from "../ui/notes.tsx";
import { Printed } from "../ui/printed.tsx";
import { Empty, Wrong } from "../ui/problem.tsx";
import { Section } from "../ui/section.tsx";
import { State } from "../ui/state.tsx";
import { When } from "../ui/time.tsx";
import { Words } from "../ui/told.tsx";
import { Verb } from "../ui/verb.tsx";

/** Parked ones first: they wait for a person. */
const waiting = (): Bead[] => [
  ...beads.value.filter(({ status }) => status === "failed"),
  ...beads.value.filter(
    ({ status, reworks, failures }) => (status === "open" || status === "in_progress") && reworks + failures > 0,
  ),
  ...beads.value.filter(({ status }) => status === "in_review"),
];

export function ReviewPage() {
  const all = waiting();
  const chosen = useSignal<string | null>(null);
  const returns = useSignal(false);
  /** What is written of each so far: it stays while another is looked at. */
  const comments = useSignal<Readonly<Record<string, string>>>({});
  const index = Math.max(
    0,
    all.findIndex(({ id }) => id === chosen.value),
  );
  const bead = all[index] ?? null;
  const move = (by: number) => () => {
    chosen.value = all[Math.min(all.length - 1, Math.max(0, index + by))]?.id ?? null;
  };
  useEffect(() => {
    document.querySelector(".review-list [aria-current]")?.scrollIntoView({ block: "nearest" });
  });
  if (!bead)
    return (
      <>
        <h1>Review</h1>
        <Empty>
          Nothing waits for a person, nothing has come back, and nothing is on its way to the main branch. What a gate
          refuses, or what is parked, shows here.
        </Empty>
      </>
    );
  return (
    <>
      <div class="row apart">
        <h1>Review</h1>
        <span class="row">
          <span class="soft small">
            {index + 1} of {all.length}
          </span>
          <button type="button" class="button" onClick={move(-1)} {...pressedBy("k")}>
            Before <KeyHint of="k" />
          </button>
          <button type="button" class="button" onClick={move(1)} {...pressedBy("j")}>
            Next <KeyHint of="j" />
          </button>
        </span>
      </div>
      <div class="review">
        <ul class="list review-list">
          {all.map((one) => (
            <li key={one.id} aria-current={one.id === bead.id ? "true" : undefined}>
              <button
                type="button"
                class="bare"
                onClick={() => {
                  chosen.value = one.id;
                }}
              >
                <span class="row apart">
                  <span class="id">{one.id}</span>
                  <State of="bead" is={one.status} />
                </span>
                <span class="title">
                  <Words of={one.title} />
                </span>
              </button>
            </li>
          ))}
        </ul>
        <Reviewed
          key={bead.id}
          bead={bead}
          onReturn={() => {
            returns.value = true;
          }}
          onPick={(place) => {
            const before = comments.value[bead.id] ?? "";
            comments.value = { ...comments.value, [bead.id]: `${before}${before === "" ? "" : "\n"}${place}: ` };
            returns.value = true;
          }}
        />
      </div>
      {returns.value && (
        <Return
          bead={bead}
          comment={comments.value[bead.id] ?? ""}
          onComment={(comment) => {
            comments.value = { ...comments.value, [bead.id]: comment };
          }}
          onClose={() => {
            returns.value = false;
          }}
        />
      )}
    </>
  );
}

/** What waits to land does that by itself. */
const mayReturn = ({ status }: Bead): boolean =>
  status !== "in_review" && lackOf(["beads:write", "work:control"]) === null;

interface Reviewing {
  bead: Bead;
  onReturn: () => void;
  onPick: (place: string) => void;
}

function Reviewed({ bead, onReturn, onPick }: Reviewing) {
  const detail = useAsk<BeadDetail>(townPath(`/beads/${bead.id}`), bead.updatedAt);
  const rig = rigs.value.find(({ id }) => id === bead.rig);
  // It lands by itself; what an operator can do is to say that what keeps it is mended.
  const trouble =
    bead.status === "in_review"
      ? [rig?.landingTrouble, rig?.pushTrouble].find((one) => one && one.rests === null)
      : null;
  const failed = detail.value?.attempts.find(({ failure, outputTail }) => failure !== null || outputTail !== null);
  const shown = failed ?? detail.value?.attempts[0];
  const log = useAsk<AttemptLog>(shown ? townPath(`/attempts/${shown.fence}/log`) : null, shown?.state);
  const text = log.value?.pieces.map((piece) => piece.text).join("") || shown?.outputTail || "";
  return (
    <div class="stack">
      <div class="verdict">
        <p class="row soft">
          <BeadLink id={bead.id} press="o" />
          <State of="bead" is={bead.status} />
          <span>
            of {bead.rig}, {bead.failures} failed, {bead.reworks} came back
          </span>
        </p>
        <h2 class="large">
          <Words of={bead.title} />
        </h2>
        {bead.lastFailure && <p class={bead.status === "failed" ? "bad" : "warn"}>{bead.lastFailure.message}</p>}
      </div>
      <div class="row">
        {bead.status !== "in_review" && (
          <Button needs={["beads:write", "work:control"]} kind="main" onClick={onReturn} press="r">
            Return with a comment <KeyHint of="r" />
          </Button>
        )}
        {trouble && (
          <Verb
            request={{ method: "POST", path: townPath(`/rigs/${bead.rig}/landings/retry`), body: {} }}
            label="Land it: try again"
            kind="main"
            press="a"
          />
        )}
        <BeadVerbs bead={bead} />
      </div>
      {trouble && (
        <p class="warn">
          {bead.rig} is in trouble: {trouble.failure?.message} Tried again{" "}
          <When at={trouble.nextTryAt} isAhead none="when an operator says so" />.
        </p>
      )}
      {detail.problem && <Wrong problem={detail.problem} />}
      {detail.value && (
        <Changes bead={bead} attempts={detail.value.attempts} onPick={mayReturn(bead) ? onPick : undefined} />
      )}
      {shown && (
        <Section title={`What ${shown.kind} ${shown.fence} printed`} aside={<State of="attempt" is={shown.state} />}>
          {text === "" ? <p class="soft">Nothing that is kept.</p> : <Printed text={text} />}
        </Section>
      )}
      <Notes of={detail.value?.notes ?? []} />
    </div>
  );
}

interface Returning {
  bead: Bead;
  /** As far as it is written. */
  comment: string;
  onComment: (comment: string) => void;
  onClose: () => void;
}

/** The comment becomes part of what its next agent is told to do. */
function Return({ bead, comment: draft, onComment, onClose }: Returning) {
  return (
    <Dialog title={`Return ${bead.id}`} onClose={onClose}>
      <Form
        send="Return it"
        onSend={async ({ comment }) => {
          const path = townPath(`/beads/${bead.id}`);
          // Somebody else may have written to it since it was shown.
          const { value: now, version } = await versioned<Bead>(path);
          const body = `${now.body}${now.body ? "\n\n" : ""}A review of an earlier try says:\n${comment}`;
          await call({ method: "PATCH", path, body: { body }, version });
          if (bead.status === "failed" || bead.failures + bead.reworks > 0)
            await call({ method: "POST", path: `${path}/retry`, body: { reason: (comment ?? "").slice(0, 1_000) } });
          onComment("");
          onClose();
        }}
      >
        <p class="soft">
          It is put to what is to be done, so the next try is told of it, and the bead's budgets are whole again.
        </p>
        <Field name="comment" label="What is to be otherwise" long required value={draft} onInput={onComment} atEnd />
      </Form>
    </Dialog>
  );
}
