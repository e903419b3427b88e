/** Beads by words: of their ids, titles, agents, labels and types. */
import type { Bead } from "../api.ts";

/** @returns whether a bead has all the words of a text */
export function searchFor(text: string): (bead: Bead) => boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return () => true;
  return ({ id, title, agent, labels, type }) => {
    const all = `${id} ${title} ${agent ?? ""} ${labels.join(" ")} ${type}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
}
