/** How an operator wants the town to be: caps, budgets, thresholds, how long history is kept, whether it takes work; who is let in, and who else is told. */
import { type Signal, useSignal } from "@preact/signals";
import { counted } from "../../../src/lib/text.ts";
import type { Town } from "../api.ts";
import { townPath } from "../route.ts";
import { town } from "../store/state.ts";
import { command } from "../terminal.ts";
import { Command } from "../ui/copy.tsx";
import { EditForm } from "../ui/edit.tsx";
import { Field, type Fields } from "../ui/form.tsx";
import { Lent } from "../ui/lend.tsx";
import { Paused } from "../ui/paused.tsx";
import { SECONDS, type Unit } from "../ui/refusal.ts";
import { Section } from "../ui/section.tsx";
import { Chip } from "../ui/state.tsx";
import { When } from "../ui/time.tsx";
import { Tokens } from "../ui/tokens.tsx";
import { Verb } from "../ui/verb.tsx";
import { Webhooks } from "../ui/webhooks.tsx";

type Settings = Town["settings"];

interface Setting {
  /** Within others: `retention.beads`. */
  name: string;
  label: string;
  hint: string;
  /** Shown and given in it. Left out: it is a count. */
  unit?: Unit;
  /** Left empty, it has no value of its own. */
  free?: true;
}

const GROUPS: readonly (readonly [string, string, readonly Setting[]])[] = [
  [
    "Caps",
    "What is reached keeps work waiting, and nothing that runs is stopped.",
    [
      { name: "maxAgents", label: "Runs at a time", hint: "as many as there are agents, if left empty", free: true },
      { name: "maxAgentsPerRig", label: "Runs at a time, of a rig", hint: "no cap, if left empty", free: true },
      { name: "maxInReviewPerRig", label: "Waiting to land, of a rig", hint: "past this it begins nothing new" },
      { name: "startsPerMinute", label: "Starts a minute", hint: "runs and landings together" },
    ],
  ],
  [
    "Budgets",
    "What is used up is parked for a person.",
    [
      { name: "agentFailureBudget", label: "Failed runs of a bead", hint: "with the last it is parked" },
      { name: "reworkBudget", label: "Landings that come back", hint: "with the last it is parked" },
      { name: "dayMinutes.town", label: "Run time a day", hint: "minutes, no limit if left empty", free: true },
    ],
  ],
  [
    "Thresholds",
    "When silence is taken for trouble. What runs keeps what it was told.",
    [
      {
        name: "pollStaleThresholdMs",
        label: "The loop is wedged after",
        hint: "seconds; by itself, if left empty",
        unit: SECONDS,
        free: true,
      },
      { name: "startDeadlineMs", label: "A start is given up after", hint: "seconds", unit: SECONDS },
      { name: "leaseMs", label: "A run is lost after", hint: "seconds of silence", unit: SECONDS },
      { name: "heartbeatMs", label: "Heartbeats come every", hint: "seconds", unit: SECONDS },
      { name: "backoffBaseMs", label: "First wait before a further try", hint: "seconds", unit: SECONDS },
      { name: "backoffCapMs", label: "Longest such wait", hint: "seconds", unit: SECONDS },
      { name: "breakerAfter", label: "A host is left alone after", hint: "failures in a row" },
    ],
  ],
];

const ALL = GROUPS.flatMap(([, , settings]) => settings);

function shownOf(settings: Settings, { name, unit }: Setting): string {
  let value: unknown = settings;
  for (const part of name.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  return typeof value === "number" ? String(value / (unit?.ms ?? 1)) : "";
}

const textsOf = ({ settings }: Town): Fields =>
  Object.fromEntries(ALL.map((setting) => [setting.name, shownOf(settings, setting)]));

function bodyOf(changed: Fields): Record<string, unknown> {
  const settings: Record<string, unknown> = {};
  for (const { name, unit } of ALL) {
    const given = changed[name];
    if (given === undefined) continue;
    const value = given === "" ? null : Math.round(Number(given) * (unit?.ms ?? 1));
    const [outer = "", inner] = name.split(".");
    settings[outer] = inner ? { [inner]: value } : value;
  }
  return Object.keys(settings).length > 0 ? { settings } : {};
}

export function SettingsPage() {
  const { value: known } = town;
  if (!known) return null;
  return (
    <>
      <h1>Settings</h1>
      <Work known={known} />
      <Numbers known={known} />
      <Section title="All others" aside="at a terminal">
        <Command text={command("town set --help")} />
      </Section>
      <Lent />
      <Tokens />
      <Webhooks />
      <Kept known={known} />
    </>
  );
}

/** What is written stays, whatever happens in the town meanwhile. */
function Numbers({ known }: { known: Town }) {
  const said = useSignal<"saved" | "same" | null>(null);
  const done = (isSent: boolean): void => {
    said.value = isSent ? "saved" : "same";
  };
  return (
    <div
      onInput={() => {
        said.value = null;
      }}
    >
      <EditForm<Town>
        key={townPath()}
        path={townPath()}
        mark={JSON.stringify(textsOf(known))}
        {...{ textsOf, bodyOf }}
        onDone={done}
      >
        {(texts) => (
          <>
            {GROUPS.map(([title, about, settings]) => (
              <Section key={title} title={title} aside={about}>
                <div class="pair">
                  {settings.map(({ name, label, hint, unit, free = false }) => (
                    <Field
                      key={name}
                      {...{ name, label, hint, ...(unit && { unit }) }}
                      value={texts[name]}
                      required={!free}
                      numeric
                      whole={!unit}
                    />
                  ))}
                </div>
              </Section>
            ))}
            <Said is={said} />
          </>
        )}
      </EditForm>
    </div>
  );
}

const Said = ({ is: { value } }: { is: Signal<"saved" | "same" | null> }) => (
  <p class="row" role="status">
    {value === "saved" ? (
      <Chip icon="check" tone="ok">
        saved
      </Chip>
    ) : (
      value === "same" && <span class="soft">Nothing is another than before, so there was nothing to save.</span>
    )}
  </p>
);

function Work({ known }: { known: Town }) {
  const { paused, draining } = known;
  return (
    <Section title="Work">
      <p>
        {paused ? (
          <Paused of={paused} />
        ) : draining ? (
          "It drains: what runs ends and lands, and nothing new begins."
        ) : (
          "It takes work. Pause, at the top of each page, keeps anything new from starting."
        )}
      </p>
      <div class="row">
        {paused && (
          <Verb request={{ method: "PATCH", path: townPath(), body: { paused: null } }} icon="run" kind="main" />
        )}
        <Verb
          key={String(draining)}
          request={{ method: "PATCH", path: townPath(), body: { draining: !draining } }}
          label={draining ? "Take new work again" : "Drain: end what runs, begin nothing"}
          icon="drain"
        />
      </div>
    </Section>
  );
}

const Kept = ({ known: { pruned, createdAt } }: { known: Town }) => (
  <Section title="History">
    <p class="soft">
      The town was made <When at={createdAt} />.{" "}
      {pruned.beads + pruned.attempts === 0
        ? "All of its history is here still."
        : `${counted(pruned.beads, "bead")} and ${counted(pruned.attempts, "attempt")} were over for so long that they are gone.`}
      {pruned.nextAt && (
        <>
          {" "}
          The next may go <When at={pruned.nextAt} isAhead />.
        </>
      )}
    </p>
  </Section>
);
