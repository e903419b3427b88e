/** Times: how long ago or ahead, and on hovering which, in the zone of who looks. */
import { useComputed } from "@preact/signals";
import { absolute, now, span } from "../clock.ts";

type At = string | number | null | undefined;
const ms = (at: NonNullable<At>): number => (typeof at === "number" ? at : Date.parse(at));

/** "4 min ago", "in 12 s". */
export function When({ at, none = "never" }: { at: At; none?: string }) {
  if (at === null || at === undefined) return <span class="soft">{none}</span>;
  return <Relative key={at} atMs={ms(at)} />;
}

function Relative({ atMs }: { atMs: number }) {
  const text = useComputed(() => {
    const ago = now.value - atMs;
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
