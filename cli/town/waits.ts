/** Why a bead is not under way, in a word: what a list says of each. */
import type { Bead } from "../api.ts";
import type { Explanation } from "./answers.ts";
import type { Desk } from "./desk.ts";
import { inTime } from "./times.ts";

/** Each is asked about by itself; of those below them a list says only what stands in its rows. */
const ASKED = 20;

const WORDS: Record<string, string> = { backoff: "retry", agent: "no free agent", turn: "its turn", parked: "" };

/** As far as its row tells. */
function inRow({ status, hold, blockedBy }: Bead): string | null {
  if (status !== "open" && status !== "in_progress" && status !== "in_review") return "";
  if (status === "open" && hold) return "held";
  return status === "open" && Number(blockedBy) > 0 ? `for ${blockedBy}` : null;
}

/** By id; those that nothing keeps are not in it. */
export async function waitsOf(desk: Desk, beads: readonly Bead[]): Promise<Map<string, string>> {
  const known = new Map<string, string>();
  const asked: string[] = [];
  for (const bead of beads) {
    const word = inRow(bead);
    if (word) known.set(String(bead.id), word);
    else if (word === null) asked.push(String(bead.id));
  }
  const answers = await Promise.all(
    asked.slice(0, ASKED).map((id) => desk.town.get("/beads/{bead}/explain", { bead: id })),
  );
  const agents = new Map(beads.map(({ id, agent }) => [id, agent]));
  for (const told of answers) {
    const word = gateIn(told, Date.now(), agents.get(told.bead));
    if (word) known.set(told.bead, word);
  }
  return known;
}

/** The first gate that is shut; where that is a backoff, what keeps it longer. @param agent that has it, and which no other takes it from */
export function gateIn({ gates }: Pick<Explanation, "gates">, nowMs: number, agent: string | null = null): string {
  const shut = gates.filter(({ ok }) => !ok);
  const [first] = shut;
  if (!first) return "";
  const gate =
    first.gate === "backoff" ? (shut.find(({ gate }) => gate === "agent" || gate === "preflight") ?? first) : first;
  const isOwn = agent !== null && gate.gate === "agent";
  const word = isOwn ? `its agent ${agent}` : (WORDS[gate.gate] ?? gate.gate.replaceAll("_", " "));
  return word && gate.until ? `${word}, ${inTime(gate.until, nowMs)}` : word;
}
