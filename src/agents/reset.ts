/**
 * When a provider takes more, as tools and providers say it: a Unix time, a date, a time of day in a named zone, a span.
 * What is read is bounded: a wait of less than a second is none, and one of more than eight days is a mistake in reading.
 */
const RESET_CAP_MS = 8 * 86_400_000;
const FLOOR_MS = 1_000;

/** A time of day that has just passed is the one that was meant; told a little late, or by another clock. */
const JUST_PASSED_MS = 15 * 60_000;
const DAY_MS = 86_400_000;

/** @param zone of a time of day that names none; left out: this machine's */
export function resetIn(words: string, nowMs: number, zone?: string): number | null {
  for (const read of READERS) {
    const untilMs = read(words, nowMs, zone);
    if (untilMs !== null && Number.isFinite(untilMs)) return bounded(untilMs, nowMs);
  }
  return null;
}

/** What a header such as `Retry-After` says: seconds, or a date. */
export const resetInHeader = (value: string, nowMs: number): number | null =>
  resetIn(`retry-after: ${value.trim()}`, nowMs);

/** Null: it has passed, and says nothing of what comes. */
export function bounded(untilMs: number, nowMs: number): number | null {
  if (!Number.isFinite(untilMs) || untilMs <= nowMs - JUST_PASSED_MS) return null;
  return Math.round(Math.min(Math.max(untilMs, nowMs + FLOOR_MS), nowMs + RESET_CAP_MS));
}

/** Unix time in seconds or in milliseconds: no tool means a date before 2001, or after 5000. */
export const inMs = (stamp: number): number => (stamp < 1e11 ? stamp * 1_000 : stamp);

type Read = (words: string, nowMs: number, zone: string | undefined) => number | null;

const first = (pattern: RegExp, words: string): string | null => pattern.exec(words)?.[1] ?? null;

const stamped =
  (pattern: RegExp): Read =>
  (words) => {
    const stamp = first(pattern, words);
    return stamp === null ? null : inMs(Number(stamp));
  };

/** The pattern's end for a number that names its own unit. */
const after =
  (pattern: RegExp, unitMs: number): Read =>
  (words, nowMs) => {
    const amount = first(pattern, words);
    return amount === null ? null : nowMs + Number(amount) * unitMs;
  };

const AMOUNT = String.raw`["']?\s*[:=]\s*["']?(\d+(?:\.\d+)?)`;
const UNIT_MS: Record<string, number> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: DAY_MS, w: 7 * DAY_MS };
const UNITS = "(?:milliseconds?|ms|w(?:ee)?ks?|w|d(?:ays?)?|h(?:(?:ou)?rs?)?|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)";
const SPANS = String.raw`((?:\d+(?:\.\d+)?\s*${UNITS}(?![a-z])[\s,]*(?:and\s+)?)+)`;
/** `20s`, `1.5 seconds`, `3h12m4s`, `2 days 5 hours`. */
const SPAN = new RegExp(
  String.raw`(?:retry(?:ing)?|try again|reset(?:s|ting)?|wait|available|refresh(?:es)?|renews?)[^\d\n]{0,40}?${SPANS}`,
  "i",
);
const DELAY = new RegExp(String.raw`"?retry.?delay"?\s*[:=]\s*"?${SPANS}`, "i");

function spanned(words: string, nowMs: number): number | null {
  const span = first(SPAN, words) ?? first(DELAY, words);
  if (span === null) return null;
  let ms = 0;
  for (const [, amount, unit = "s"] of span.matchAll(/(\d+(?:\.\d+)?)\s*(ms|milli|[wdhms])/gi))
    ms += Number(amount) * (UNIT_MS[unit.toLowerCase().replace("milli", "ms")] ?? 1_000);
  return nowMs + ms;
}

const ISO = /\b(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s?(?:Z|UTC|[+-]\d\d:?\d\d))/;
const HTTP_DATE = /\b((?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*, \d\d? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT)/;

const dated =
  (pattern: RegExp): Read =>
  (words) => {
    const date = first(pattern, words);
    return date === null ? null : Date.parse(date.replace(" UTC", "Z").replace(/^(\d{4}-\d\d-\d\d) /, "$1T"));
  };

const MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split(" ");
const DAYS = "sun mon tue wed thu fri sat".split(" ");
const CUE = String.raw`(?:reset(?:s|ting)?|try again|retry|available|until|renews?|refresh(?:es)?|after|back)\b`;
const CLOCK = String.raw`(\d{1,2})(?::(\d\d))?(?::\d\d)?\s*([ap])\.?\s?m\b\.?|(\d{1,2}):(\d\d)(?::\d\d)?(?!\d)`;
const MONTH = String.raw`(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?\b(?:,?\s+(\d{4}))?`;
const ISO_DAY = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const WEEKDAY = "(sun|mon|tue|wed|thu|fri|sat)[a-z]*|(tomorrow)";
const ZONE = String.raw`(?:\s*\(?((?:[A-Z][A-Za-z_]+/[A-Za-z_/+-]+\d*)|UTC|GMT|Z)\b\)?)?`;
const MOMENT = new RegExp(
  String.raw`${CUE}[^\d\n]{0,24}?(?:(?:${MONTH}|${ISO_DAY}|${WEEKDAY})(?:,|\s+at|\s)*\s*)?(?:${CLOCK})${ZONE}`,
  "i",
);
const DATE_ONLY = new RegExp(String.raw`${CUE}[^\d\n]{0,24}?(?:${MONTH}|${ISO_DAY})${ZONE}`, "i");

interface Day {
  year: number;
  month: number;
  day: number;
}

/** `resets 8pm (Europe/Berlin)`, `try again at Sep 15th, 2026 2:29 PM`, `resets Monday at 9:30`. */
function moment(words: string, nowMs: number, zone: string | undefined): number | null {
  const found = MOMENT.exec(words);
  if (!found) return dayAlone(words, nowMs, zone);
  const [, month, dayOfMonth, year, isoYear, isoMonth, isoDay, weekday, tomorrow, ...time] = found;
  const [hour12, minute12, half, hour24, minute24, named] = time;
  const minutes = hour12 === undefined ? Number(hour24) * 60 + Number(minute24) : clock12(hour12, minute12, half);
  if (minutes === null || minutes >= 1_440) return null;
  const where = zoneOf(named) ?? zone;
  const today = dayIn(nowMs, where);
  const on = (day: Day) => atTime(day, minutes, where);
  if (isoYear) return on({ year: Number(isoYear), month: Number(isoMonth) - 1, day: Number(isoDay) });
  if (month) return nextYearly(today, month, Number(dayOfMonth), year, on, nowMs);
  if (tomorrow) return on({ ...today, day: today.day + 1 });
  const ahead = weekday ? daysTo(today, weekday) : 0;
  const untilMs = on({ ...today, day: today.day + ahead });
  if (untilMs > nowMs - JUST_PASSED_MS) return untilMs;
  return on({ ...today, day: today.day + (weekday ? 7 : 1) });
}

function dayAlone(words: string, nowMs: number, zone: string | undefined): number | null {
  const found = DATE_ONLY.exec(words);
  if (!found) return null;
  const [, month, dayOfMonth, year, isoYear, isoMonth, isoDay, named] = found;
  const where = zoneOf(named) ?? zone;
  const on = (day: Day) => atTime(day, 0, where);
  if (isoYear) return on({ year: Number(isoYear), month: Number(isoMonth) - 1, day: Number(isoDay) });
  return nextYearly(dayIn(nowMs, where), month ?? "", Number(dayOfMonth), year, on, nowMs);
}

/** Without its year it is the next one, or the one that has just been. */
function nextYearly(
  today: Day,
  month: string,
  day: number,
  year: string | undefined,
  on: (day: Day) => number,
  nowMs: number,
): number {
  const date = { year: Number(year ?? today.year), month: MONTHS.indexOf(month.slice(0, 3).toLowerCase()), day };
  const untilMs = on(date);
  const isLongGone = year === undefined && untilMs < nowMs - 30 * DAY_MS;
  return isLongGone ? on({ ...date, year: date.year + 1 }) : untilMs;
}

function clock12(hour: string, minute = "0", half = ""): number | null {
  const hours = Number(hour);
  if (hours < 1 || hours > 12) return null;
  return ((hours % 12) + (half.toLowerCase() === "p" ? 12 : 0)) * 60 + Number(minute);
}

function daysTo(today: Day, weekday: string): number {
  const from = new Date(Date.UTC(today.year, today.month, today.day)).getUTCDay();
  return (DAYS.indexOf(weekday.slice(0, 3).toLowerCase()) - from + 7) % 7;
}

/** Null: there is no such zone. */
function zoneOf(name: string | undefined): string | null {
  if (name === undefined) return null;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: /^(z|utc|gmt)$/i.test(name) ? "UTC" : name }).resolvedOptions()
      .timeZone;
  } catch {
    return null;
  }
}

function partsIn(ms: number, zone: string | undefined): { day: Day; asUtcMs: number } {
  const format = new Intl.DateTimeFormat("en-US", {
    ...(zone && { timeZone: zone }),
    ...{ hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric" },
    ...{ hour: "numeric", minute: "numeric", second: "numeric" },
  } as Intl.DateTimeFormatOptions);
  const at = Object.fromEntries(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const day = { year: at.year ?? 1970, month: (at.month ?? 1) - 1, day: at.day ?? 1 };
  return { day, asUtcMs: Date.UTC(day.year, day.month, day.day, at.hour, at.minute, at.second) };
}

const dayIn = (ms: number, zone: string | undefined): Day => partsIn(ms, zone).day;

/** The moment at which clocks in that zone show this; looked at twice, since the day may change its clocks. */
function atTime({ year, month, day }: Day, minutes: number, zone: string | undefined): number {
  if (month > 11 || day > 32) return Number.NaN;
  const wantedMs = Date.UTC(year, month, day, 0, minutes);
  const guessMs = wantedMs - offsetMs(wantedMs, zone);
  return wantedMs - offsetMs(guessMs, zone);
}

function offsetMs(ms: number, zone: string | undefined): number {
  const whole = Math.floor(ms / 1_000) * 1_000;
  return partsIn(whole, zone).asUtcMs - whole;
}

/** What is told to the second comes before what people say. */
const READERS: readonly Read[] = [
  stamped(/\|\s*(\d{10,13})\b/),
  stamped(/resets?_?(?:at|time(?:stamp)?|on)?["']?\s*[:=]\s*["']?(\d{10,13})\b/i),
  after(new RegExp(`(?:resets?|retry)[_-]?(?:in|after|delay)?[_-]?(?:ms|millis(?:econds)?)${AMOUNT}`, "i"), 1),
  after(new RegExp(`(?:resets?|retry|wait)[_-]?(?:in|after|for)?[_-]?(?:s|secs?|seconds)${AMOUNT}`, "i"), 1_000),
  dated(ISO),
  dated(HTTP_DATE),
  stamped(/retry[-_ ]?after["']?\s*[:=]?\s*["']?(\d{10,13})\b/i),
  spanned,
  after(/retry[-_ ]?after["']?\s*[:=]?\s*["']?(\d+(?:\.\d+)?)\b(?!\s*[a-z:-])/i, 1_000),
  moment,
];
