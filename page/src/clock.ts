/** The time, as the texts that tell of it see it. It stands still while nobody looks. */
import { signal } from "@preact/signals";
import { kept } from "./store/kept.ts";

/** Else it is said how long ago, or ahead. */
export const timesAreDates = kept("dates", false);
export const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

export const now = signal(Date.now());

setInterval(() => {
  if (!document.hidden) now.value = Date.now();
}, 1_000);
document.addEventListener("visibilitychange", () => {
  now.value = Date.now();
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Whole units, never rounded up: 59 s, 4 min, 3 h 5 min, 2 d. */
export function span(ms: number): string {
  if (ms < SECOND) return "0 s";
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`;
  if (ms < DAY) {
    const minutes = Math.floor((ms % HOUR) / MINUTE);
    return `${Math.floor(ms / HOUR)} h${minutes > 0 ? ` ${minutes} min` : ""}`;
  }
  return `${Math.floor(ms / DAY)} d`;
}

/** As `span`, and in tenths where it is short. */
export const fine = (ms: number): string =>
  ms < SECOND ? `${Math.round(ms)} ms` : ms < 10 * SECOND ? `${(ms / SECOND).toFixed(1)} s` : span(ms);

const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "long" });
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
const year = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** In the zone of who looks, which it names. */
export const absolute = (at: string | number): string => exact.format(new Date(at));
/** In the same zone, and as short as can be told from others. */
export const clockTime = (at: string | number): string => {
  const date = new Date(at);
  const today = new Date();
  if (date.toDateString() === today.toDateString()) return clock.format(date);
  return (date.getFullYear() === today.getFullYear() ? day : year).format(date);
};
