/** The loop's heartbeat: a bar for each tick, its height how long it took, its colour what came of it; gaps, and a ghost for the next. */
import type { Tick } from "../api.ts";
import { clockTime, fine, now, span } from "../clock.ts";
import { go, pathTo } from "../route.ts";
import { health, ticks, unknownSinceMs } from "../store/state.ts";
import type { Tone } from "./state.tsx";

const HEIGHT = 54;
const FLOOR = 44;
const BAR = 6;
const MOST = 72;

/** A quarter of the height for each tenfold, from 10 ms on. */
const heightOf = (ms: number | null): number =>
  Math.min(FLOOR - 4, 5 + 9 * Math.max(0, Math.log10(Math.max(1, ms ?? 1) / 3)));

/** Longer rests are wider, and never as wide as they were long. */
const gapOf = (ms: number): number => 2 + Math.min(22, 4 * Math.log10(1 + ms / 2_000));

export function outcomeOf(tick: Tick): { tone: Tone | "none"; words: string } {
  if (tick.error !== null) return { tone: "bad", words: `failed: ${tick.error}` };
  if (tick.actions.some(({ outcome }) => outcome === "failed")) return { tone: "bad", words: "an action failed" };
  if (tick.settled.some(({ outcome }) => outcome !== "accepted"))
    return { tone: "warn", words: "something came to nothing and was rolled back" };
  if (tick.completedAt === null) return { tone: "busy", words: "still at work" };
  const did = tick.actions.filter(({ outcome }) => outcome === "applied").length;
  if (did > 0) return { tone: "ok", words: `${did} action${did === 1 ? "" : "s"}` };
  return { tone: "none", words: "nothing to do" };
}

export function Heartbeat() {
  const shown = ticks.value.slice(0, MOST).reverse();
  let x = 0;
  let before: number | null = null;
  const bars = shown.map((tick) => {
    const startMs = Date.parse(tick.startedAt ?? "");
    if (before !== null) x += gapOf(startMs - before);
    before = Date.parse(tick.completedAt ?? tick.startedAt ?? "");
    const at = x;
    x += BAR;
    return { tick, at };
  });
  const width = x + 30;
  return (
    <figure class="beats">
      <svg class="beat" width={width} viewBox={`0 0 ${width} ${HEIGHT}`}>
        <title>The last ticks, the newest at the right</title>
        <line x1="0" x2={width} y1={FLOOR + 0.5} y2={FLOOR + 0.5} />
        {bars.map(({ tick, at }) => (
          <Bar key={tick.tick} tick={tick} x={at} />
        ))}
        <Ghost x={width - 12} />
      </svg>
    </figure>
  );
}

function Bar({ tick, x }: { tick: Tick; x: number }) {
  const { tone, words } = outcomeOf(tick);
  const height = heightOf(tick.durationMs);
  const href = pathTo("loop", tick.tick);
  const took = tick.durationMs === null ? "" : `, ${fine(tick.durationMs)}`;
  const name = `Tick ${tick.tick}, ${clockTime(tick.startedAt ?? 0)}${took}: ${words}`;
  return (
    <a
      href={href}
      aria-label={name}
      onClick={(event) => {
        event.preventDefault();
        go(href);
      }}
    >
      <title>{name}</title>
      <rect x={x - 1} y="0" width={BAR + 2} height={HEIGHT} fill-opacity="0" />
      <rect
        class={tick.completedAt === null ? `${tone} now` : tone}
        x={x}
        y={FLOOR - height}
        width={BAR}
        height={height}
        rx="1"
      />
    </a>
  );
}

function Ghost({ x }: { x: number }) {
  if (!health.value?.nextWakeAt) return null;
  return <rect class="ghost" x={x + 0.5} y={FLOOR - 16} width={BAR} height="15.5" rx="1" />;
}

/** When it last ticked, and when it wakes. */
export function Beats() {
  const { value: known } = health;
  if (!known) return null;
  if (unknownSinceMs.value !== null) return <>whether it ticks is not known</>;
  const last = known.lastPollCompletedAt;
  const lastWords = last ? `last ticked ${span(now.value - Date.parse(last))} ago` : "has not ticked yet";
  if (!known.nextWakeAt) return <>{lastWords}; sleeps until something happens</>;
  const aheadMs = Date.parse(known.nextWakeAt) - now.value;
  const next = aheadMs > 0 ? `wakes in ${span(aheadMs)}` : `due for ${span(-aheadMs)}`;
  return (
    <>
      {lastWords}; {next}
    </>
  );
}
