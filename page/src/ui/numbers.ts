/** Numbers as they are filled in. */
const MINUTE_MS = 60_000;

export const minutesOf = (ms: number): string => String(ms / MINUTE_MS);
export const msOf = (minutes: string): number => Math.round(Number(minutes) * MINUTE_MS);

/** Left empty there is none. */
export const amount = (text: string): number | null => (text === "" ? null : Number(text));
