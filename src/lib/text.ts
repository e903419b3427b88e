/** The message of whatever was thrown: never empty, never longer than `max`. */
export function messageOf(error: unknown, max = 1_000): string {
  const text =
    error instanceof Error ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}` : String(error);
  return clip(text.trim() || "failed without a message", max);
}

/** For a log, where a line is a line: what came from outside may hold any characters. */
export const oneLine = (text: string): string => text.replace(/\p{Cc}+/gu, " ");

export const clip = (text: string, max: number): string => (text.length <= max ? text : `${text.slice(0, max - 1)}…`);
