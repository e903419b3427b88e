import { Fault } from "../fault.ts";

/** @throws Fault if it is neither a batch nor lines of JSON */
export function batchIn(text: string): unknown[] {
  try {
    const whole = JSON.parse(text) as unknown;
    if (Array.isArray(whole)) return whole;
    const { beads } = whole as { beads?: unknown };
    return Array.isArray(beads) ? beads : [whole];
  } catch {
    return text.split("\n").flatMap((line, at) => {
      if (line.trim() === "") return [];
      try {
        return [JSON.parse(line) as unknown];
      } catch {
        throw new Fault(`line ${at + 1} is no JSON`);
      }
    });
  }
}
