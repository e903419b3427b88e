/** Times: how long ago or ahead, or which, as whoever looks wants it; on hovering always which, and in what zone. */
import { useComputed } from "@preact/signals";
import { absolute, clockTime, now, span, timesAreDates, timeZone } from "../clock.ts";
import { KeyHint, pressedBy } from "./keys.tsx";

type At = string | number | null | undefined;
const ms = (at: NonNullable<At>): number => (typeof at === "number" ? at : Date.parse(at));

/**
 * "4 min ago", "in 12 s"; or "14:03:27".
 *
 * @param isAhead of what is to come: once it is due, that is now
 */
export function When({ at, none = "never", isAhead = false }: { at: At; none?: string; isAhead?: boolean }) {
  if (at === null || at === undefined) return <span class="soft">{none}</span>;
  return <Relative key={at} atMs={ms(at)} isAhead={isAhead} />;
}

function Relative({ atMs, isAhead }: { atMs: number; isAhead: boolean }) {
  const text = useComputed(() => {
    const ago = now.value - atMs;
    if (isAhead && ago > 0) return "now";
    if (timesAreDates.value) return clockTime(atMs);
    if (Math.abs(ago) < 1_000) return "now";
    return ago > 0 ? `${span(ago)} ago` : `in ${span(-ago)}`;
  });
  return (
    <time dateTime={new Date(atMs).toISOString()} title={absolute(atMs)}>
      {text}
    </time>
  );
}

/** How long it has been so. */
export function Since({ at, until }: { at: At; until?: At }) {
  if (at === null || at === undefined) return <span class="soft">–</span>;
  return <Lasting key={at} atMs={ms(at)} untilMs={until === null || until === undefined ? null : ms(until)} />;
}

function Lasting({ atMs, untilMs }: { atMs: number; untilMs: number | null }) {
  const text = useComputed(() => span(Math.max(0, (untilMs ?? now.value) - atMs)));
  return (
    <time dateTime={new Date(atMs).toISOString()} title={`since ${absolute(atMs)}`}>
      {text}
    </time>
  );
}

/** Which time it was, where that is what is looked for. */
export function At({ at }: { at: string | null }) {
  if (at === null) return <span class="soft">–</span>;
  return (
    <time dateTime={at} title={absolute(at)}>
      {clockTime(at)}
    </time>
  );
}

/** How all times are told. */
export const TimesAre = () => (
  <p class="row soft small">
    Times are of {timeZone}, told as {timesAreDates.value ? "dates" : "how long ago"}.
    <button
      type="button"
      class="button"
      onClick={() => {
        timesAreDates.value = !timesAreDates.value;
      }}
      {...pressedBy(".")}
    >
      As {timesAreDates.value ? "how long ago" : "dates"} <KeyHint of="." />
    </button>
  </p>
);
