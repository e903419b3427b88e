/** The Worker's answers as lines for a person. Pure. */
import type { Agent, Health, Incident, Tick, Town } from "./answers.ts";

const SHOWN_AGENTS = 30;

export interface Status {
  town: Town;
  health: Health;
  agents: Agent[];
  open: Incident[];
}

export function statusLines({ town, health, agents, open }: Status): string[] {
  const nowMs = Date.parse(health.computedAt);
  const counts = Object.entries(town.beads).filter(([status, n]) => status !== "total" && n > 0);
  const beads = counts.map(([status, n]) => `${n} ${status.replace("_", " ")}`).join(", ");
  return [
    ...(health.banner ? [`${health.banner.level.toUpperCase()}  ${health.banner.text}`, ""] : []),
    ...healthLines(town.name, health),
    `beads    ${beads || "none yet"}`,
    `next     ${health.nextWakeAt ? `wakes ${inTime(health.nextWakeAt, nowMs)}` : "nothing is due: it sleeps until somebody brings news"}`,
    ...(agents.length > 0 ? ["", ...table(agents.slice(0, SHOWN_AGENTS).map((agent) => agentRow(agent, nowMs)))] : []),
    ...(agents.length > SHOWN_AGENTS ? [`… and ${agents.length - SHOWN_AGENTS} more agents`] : []),
    ...(open.length > 0 ? ["", ...incidentLines(open, nowMs)] : []),
  ];
}

export function healthLines(name: string, health: Health): string[] {
  const since = health.since ? `, ${ago(health.since, Date.parse(health.computedAt))}` : "";
  return [
    `${name}: ${health.verdict}${since}`,
    ...(health.cause ? [`         ${health.cause}`] : []),
    ...(health.hint ? [`         ${health.hint}`] : []),
  ];
}

export function incidentLines(incidents: readonly Incident[], nowMs: number): string[] {
  if (incidents.length === 0) return ["Nothing was ever wrong."];
  return table(
    incidents.map(({ id, kind, openedAt, closedAt, cause, healedBy }) => [
      `#${id}`,
      kind,
      ago(openedAt, nowMs),
      closedAt ? `for ${span(Date.parse(closedAt) - Date.parse(openedAt))}, ended by ${healedBy ?? "nobody"}` : "open",
      cause,
    ]),
  );
}

export function tickLines(ticks: readonly Tick[]): string[] {
  if (ticks.length === 0) return ["Nothing has happened yet."];
  return table(
    ticks.map(({ tick, startedAt, durationMs, rowsRead, rowsWritten, ...record }) => [
      String(tick),
      startedAt.slice(0, 19).replace("T", " "),
      durationMs === null ? "in flight" : `${durationMs} ms`,
      `${rowsRead}r ${rowsWritten}w`,
      whatHappened(record),
    ]),
  );
}

function whatHappened({
  error,
  facts,
  actions,
  settled,
}: Pick<Tick, "error" | "facts" | "actions" | "settled">): string {
  if (error !== null) return `failed: ${error}`;
  const parts = [
    ...Object.entries(facts).map(([type, n]) => (n === 1 ? type : `${n} ${type}`)),
    ...settled.map(({ action, fence, outcome }) => `${action} ${fence}: ${outcome}`),
    ...actions.map(({ action, target, outcome, why }) =>
      outcome === "applied" ? `${action} ${target}` : `${action} ${target} ${outcome}: ${why ?? ""}`,
    ),
  ];
  return parts.join("; ");
}

function agentRow({ id, rig, status, enabled, bead, trouble, notBeforeAt }: Agent, nowMs: number): string[] {
  const waits = notBeforeAt && Date.parse(notBeforeAt) > nowMs ? `cools down, back ${inTime(notBeforeAt, nowMs)}` : "";
  const why = trouble && waits ? `: ${trouble.message}` : "";
  return [id, rig, enabled ? status : "disabled", bead ?? "", `${waits}${why}`];
}

function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** Whole units, never rounded up. */
function span(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} days`;
}

const ago = (at: string, nowMs: number): string => `${span(nowMs - Date.parse(at))} ago`;
const inTime = (at: string, nowMs: number): string =>
  Date.parse(at) <= nowMs ? "now" : `in ${span(Date.parse(at) - nowMs)}`;
