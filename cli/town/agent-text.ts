/** How an agent is, for a person: what it does, or what keeps it from work and until when. Pure. */
import { quoted } from "../../src/lib/text.ts";
import type { Agent } from "./answers.ts";
import { inTime } from "./times.ts";

export interface AgentNow {
  state: string;
  /** When it is tried again, or from what it is kept until then; empty: nothing keeps it. */
  back: string;
  /** What its trouble is; empty: none. */
  why: string;
}

const TROUBLED: Record<string, string> = { provider_limited: "limited", auth: "not let in" };

export function agentNow(agent: Agent, nowMs: number): AgentNow {
  const { status, enabled, paused, bead, trouble, troubles, notBeforeAt, doubts } = agent;
  if (!enabled) return { state: status === "idle" ? "disabled" : `${status}, disabled`, back: "", why: "" };
  if (paused)
    return {
      state: status === "idle" ? "paused" : `${status}, paused`,
      back: paused.until ? inTime(paused.until, nowMs) : "",
      why: `by ${paused.by}: ${quoted(paused.why)}`,
    };
  const isCooling = notBeforeAt ? Date.parse(notBeforeAt) > nowMs : false;
  const isTroubled = trouble && (isCooling || (troubles ?? 0) > 0) ? trouble : null;
  const why = isTroubled ? quoted(isTroubled.message) : "";
  if (status !== "idle") return { state: status, back: "", why };
  const apart = (doubts ?? []).find(({ apartUntil }) => apartUntil && Date.parse(apartUntil) > nowMs);
  const back = isCooling
    ? inTime(notBeforeAt ?? "", nowMs)
    : apart?.apartUntil
      ? `for ${apart.bead} ${inTime(apart.apartUntil, nowMs)}`
      : "";
  if (isTroubled) return { state: TROUBLED[isTroubled.kind ?? ""] ?? "in trouble", back, why };
  if (isCooling) return { state: "cooling down", back, why };
  return { state: bead ? "waits to retry" : "idle", back, why };
}
