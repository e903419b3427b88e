/** A bead's life as a waterfall: what it waited for, each run, each landing; one line each, by the same clock. */
import type { Moment } from "../api.ts";
import { clockTime, fine, now } from "../clock.ts";
import { State, type Tone, toneOf } from "./state.tsx";
import { Words } from "./told.tsx";

interface Bar {
  name: string;
  fromMs: number;
  /** Null: it goes on. */
  toMs: number | null;
  tone: Tone | "wait";
  state: string | null;
  words: string;
}

type Began = Extract<Moment, { what: "began" }>;
type Ended = Extract<Moment, { what: "ended" }>;

const msOf = ({ at }: Moment): number => Date.parse(at ?? "");

/** @param moments the oldest first */
function barsOf(moments: readonly Moment[]): Bar[] {
  const ends = new Map(moments.flatMap((moment) => (moment.what === "ended" ? [[moment.fence, moment] as const] : [])));
  const begins = moments.filter((moment): moment is Began => moment.what === "began");
  const overMs = moments.find((moment) => moment.what === "over");
  const bars: Bar[] = [];
  let freeMs = moments[0] ? msOf(moments[0]) : 0;
  for (const began of begins) {
    const fromMs = msOf(began);
    if (fromMs > freeMs) bars.push(waited(freeMs, fromMs, began.kind === "landing" ? "waited to land" : "waited"));
    const end = ends.get(began.fence) ?? null;
    bars.push(attemptBar(began, end));
    freeMs = Math.max(freeMs, end ? msOf(end) : Number.POSITIVE_INFINITY);
  }
  if (Number.isFinite(freeMs) && !overMs) bars.push(waited(freeMs, null, "waits"));
  return bars;
}

const waited = (fromMs: number, toMs: number | null, name: string): Bar => ({
  ...{ name, fromMs, toMs, tone: "wait", state: null, words: "" },
});

function attemptBar(began: Began, end: Ended | null): Bar {
  return {
    name: began.kind === "landing" ? `landing ${began.fence}` : `run ${began.fence}, ${began.agent}`,
    fromMs: msOf(began),
    toMs: end && msOf(end),
    tone: toneOf("attempt", end?.outcome ?? "running"),
    state: end?.outcome ?? "running",
    words: end?.failure?.message ?? "",
  };
}

export function Waterfall({ moments }: { moments: readonly Moment[] }) {
  const bars = barsOf(moments);
  const [first] = bars;
  if (!first) return null;
  const startMs = first.fromMs;
  // The clock of whoever looks may be behind that of the town, and is set once a second.
  const untilMs = ({ fromMs, toMs }: Bar) => Math.max(fromMs, toMs ?? now.value);
  const endMs = Math.max(...bars.map(untilMs), startMs + 1);
  const share = (ms: number) => `${(100 * (ms - startMs)) / (endMs - startMs)}%`;
  return (
    <ol class="waterfall">
      {bars.map((bar) => {
        const tookMs = untilMs(bar) - bar.fromMs;
        return (
          <li key={`${bar.name} ${bar.fromMs}`} title={`${clockTime(bar.fromMs)}: ${bar.name}, ${fine(tookMs)}`}>
            <span class={bar.state ? "" : "soft"}>{bar.name}</span>
            <span class="track">
              <span
                class={`bar ${bar.tone}`}
                style={{ left: share(bar.fromMs), width: `max(2px, ${(100 * tookMs) / (endMs - startMs)}%)` }}
              />
            </span>
            <span class="soft number">{fine(tookMs)}</span>
            <span>{bar.state && <State of="attempt" is={bar.state} />}</span>
            {bar.words && (
              <span class="words soft">
                <Words of={bar.words} />
              </span>
            )}
          </li>
        );
      })}
    </ol>
  );
}
