/** All beads, by where they stand. */
import { computed, signal, useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { Bead, Preview } from "../api.ts";
import { now } from "../clock.ts";
import { townPath } from "../route.ts";
import { gateOf, LANE_WORDS, LANES, type Lane, laneOf } from "../store/lanes.ts";
import { searchFor } from "../store/search.ts";
import { agents, beads, rigs } from "../store/state.ts";
import { rigFilter } from "../store/usual-rig.ts";
import { createBead } from "../terminal.ts";
import { isFree } from "../ui/agent-rows.tsx";
import { Command } from "../ui/copy.tsx";
import { useAsk } from "../ui/hooks.ts";
import { pressedBy } from "../ui/keys.tsx";
import { Link } from "../ui/link.tsx";
import { Empty } from "../ui/problem.tsx";
import { State } from "../ui/state.tsx";
import { Since } from "../ui/time.tsx";
import { Told, Words } from "../ui/told.tsx";

/** So many of a lane are drawn; the others are counted, and drawn when asked for. */
const DRAWN = 250;
const DONE_DRAWN = 40;

const search = signal("");

const found = computed(() => {
  const isFound = searchFor(search.value);
  return beads.value.filter((bead) => (rigFilter.value === "" || bead.rig === rigFilter.value) && isFound(bead));
});

const byLane = computed(() => {
  const lanes: Record<Lane, Bead[]> = { blocked: [], ready: [], running: [], review: [], parked: [], done: [] };
  for (const bead of found.value) lanes[laneOf(bead)].push(bead);
  return lanes;
});

/** Rigs of which no agent is free. */
const busy = computed(() => {
  const free = new Set(agents.value.filter((agent) => isFree(agent)).map((agent) => agent.rig));
  return new Set(rigs.value.map(({ id }) => id).filter((id) => !free.has(id)));
});

/** Why what is ready has not begun: by bead, the gate that the next pass would meet. */
function useGates(): ReadonlyMap<string, string> {
  const ready = useComputed(() => `${beads.value.filter((bead) => laneOf(bead) === "ready").map(({ id }) => id)}`);
  const { value: plan } = useAsk<Preview>(ready.value === "" ? null : townPath("/plan"), ready.value);
  return useMemo(
    () =>
      new Map(
        (plan?.refused ?? []).flatMap(({ beadId, why, gate }) =>
          typeof beadId === "string" ? [[beadId, why || gate] as const] : [],
        ),
      ),
    [plan],
  );
}

export function BoardPage() {
  const gates = useGates();
  const lanes = byLane.value;
  if (beads.value.length === 0)
    return (
      <Empty>
        <p>There is no work yet. Press + to create a bead, or at a terminal:</p>
        <Command text={createBead()} />
      </Empty>
    );
  return (
    <>
      <h1 class="hidden">Board</h1>
      <Filters />
      {found.value.length === 0 && (
        <Empty>
          No bead{rigFilter.value && ` of ${rigFilter.value}`} {search.value.trim() ? "has these words" : "is here"}.
        </Empty>
      )}
      <div class="board">
        {LANES.map((lane) => (
          <Column key={lane} lane={lane} all={lanes[lane]} gates={gates} />
        ))}
      </div>
    </>
  );
}

function Filters() {
  return (
    <div class="row filters">
      <label class="field">
        <span class="hidden">Search</span>
        <input
          type="search"
          placeholder="Search: words, agents, labels ( / )"
          value={search.value}
          onInput={(event) => {
            search.value = event.currentTarget.value;
          }}
          {...pressedBy("/")}
        />
      </label>
      {rigs.value.length > 1 && (
        <label class="field">
          <span class="hidden">Rig</span>
          <select
            value={rigFilter.value}
            onChange={(event) => {
              rigFilter.value = event.currentTarget.value;
            }}
          >
            <option value="">all rigs</option>
            {rigs.value.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </select>
        </label>
      )}
      <span class="soft small">
        {found.value.length === beads.value.length
          ? `${beads.value.length} beads`
          : `${found.value.length} of ${beads.value.length} beads`}
      </span>
    </div>
  );
}

function Column({ lane, all, gates }: { lane: Lane; all: readonly Bead[]; gates: ReadonlyMap<string, string> }) {
  const isWhole = useSignal(false);
  const most = isWhole.value ? all.length : lane === "done" ? DONE_DRAWN : DRAWN;
  const left = all.length - Math.min(most, all.length);
  return (
    <section
      class={`lane lane-${lane}${all.length === 0 ? " empty-lane" : ""}`}
      aria-label={`${LANE_WORDS[lane]}, ${all.length}`}
    >
      <h2>
        {LANE_WORDS[lane]} <span class="soft">{all.length}</span>
      </h2>
      <ul>
        {all.slice(0, most).map((bead) => (
          <Card
            key={bead.id}
            bead={bead}
            gate={gates.get(bead.id) ?? (busy.value.has(bead.rig) ? "no agent of its rig is free" : null)}
          />
        ))}
      </ul>
      {left > 0 && (
        <button
          type="button"
          class="button"
          onClick={() => {
            isWhole.value = true;
          }}
        >
          {left} more
        </button>
      )}
    </section>
  );
}

/** Drawn anew only if something of it has changed. */
const Card = ({ bead, gate }: { bead: Bead; gate: string | null }) =>
  useMemo(() => <Drawn bead={bead} gate={gate} />, [bead, gate]);

const times = (count: number): string => (count === 1 ? "once" : `${count} times`);

const triesOf = ({ failures, reworks }: Bead): string =>
  [failures > 0 && `failed ${times(failures)}`, reworks > 0 && `came back ${times(reworks)}`]
    .filter(Boolean)
    .join(", ");

function Drawn({ bead, gate }: { bead: Bead; gate: string | null }) {
  const why = gateOf(bead, now.peek()) ?? (laneOf(bead) === "ready" ? gate : null);
  const tries = triesOf(bead);
  return (
    <li class="card">
      <Link page="beads" id={bead.id}>
        <span class="row apart">
          <span class="id">{bead.id}</span>
          {bead.status === "cancelled" || bead.status === "failed" ? (
            <State of="bead" is={bead.status} />
          ) : (
            <span class="soft small">
              <Since at={bead.status === "closed" ? bead.createdAt : bead.updatedAt} until={bead.closedAt} />
            </span>
          )}
        </span>
        <span class="title">
          <Words of={bead.title} />
        </span>
      </Link>
      {why && (
        <p class="why">
          <Told text={why} />
        </p>
      )}
      {(bead.agent !== null || tries !== "") && (
        <p class="soft small row">
          {bead.agent && <span>{bead.agent}</span>}
          {tries && <span>{tries}</span>}
        </p>
      )}
    </li>
  );
}
