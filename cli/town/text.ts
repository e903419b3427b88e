/** The Worker's answers as lines for a person. Pure. */

import { counted, quoted, sentences } from "../../src/lib/text.ts";
import type { Again } from "./again.ts";
import { agentNow } from "./agent-text.ts";
import type { Agent, Attempt, Attention, Explanation, Health, Host, Incident, Rig, Tick, Town } from "./answers.ts";
import { pausedRigLines } from "./rig-text.ts";
import { ago, inTime, span } from "./times.ts";
import { statusText } from "./words.ts";

const SHOWN = 30;
const LIVE = new Set(["starting", "running", "stopping"]);

export interface Status {
  town: Town;
  health: Health;
  agents: Agent[];
  rigs: readonly Rig[];
  /** The newest first. */
  attempts: Attempt[];
  /** Those that join; none where the town has its own. */
  hosts: Host[];
  open: Incident[];
  /** Null: what waits for a person could not be asked. */
  waiting: Attention | null;
  /** The newest beads that are parked: not all of many. */
  failed: readonly { id: string }[];
  again: Again;
}

/** Null is a time that was never written: none of those that are read here. */
const timeOf = (at: string | null): number => Date.parse(at ?? "");

export function statusLines({
  town,
  health,
  waiting,
  agents,
  rigs,
  attempts,
  hosts,
  open,
  failed,
  again,
}: Status): string[] {
  const nowMs = timeOf(health.computedAt);
  const beads = beadCounts(town.beads, agents, nowMs);
  return [
    ...(health.banner ? [`${health.banner.level.toUpperCase()}  ${health.banner.text}`, ""] : []),
    ...healthLines(town.name, health),
    ...waitingLines(waiting, again),
    ...(town.draining && health.verdict !== "draining"
      ? [`draining it takes no new runs; ${again("undrain")}  ends that.`]
      : []),
    ...pausedRigLines(rigs, nowMs, again),
    `beads    ${beads || "none yet"}`,
    ...failedLines(failed, town.beads.failed ?? 0, again),
    `next     ${health.nextWakeAt ? `wakes ${inTime(health.nextWakeAt, nowMs)}` : "nothing is due: it sleeps until somebody brings news"}`,
    ...section(
      "agents",
      agents.map((agent) => agentRow(agent, nowMs)),
      agents.length,
    ),
    ...section(
      "hosts",
      hosts.map((host) => hostRow(host, nowMs)),
      hosts.length,
    ),
    ...section(
      "live attempts",
      attempts
        .filter(({ state }) => LIVE.has(state))
        .toReversed()
        .map((attempt) => attemptRow(attempt, nowMs)),
      health.liveAttempts,
    ),
    ...(open.length > 0 ? ["", "open incidents", ...incidentLines(open, nowMs).map((line) => `  ${line}`)] : []),
  ];
}

/** A bead on the hook of an agent that is kept from work is not in progress: it waits. */
function beadCounts(counts: Town["beads"], agents: readonly Agent[], nowMs: number): string {
  const waiting = agents.filter(
    (agent) => agent.bead !== null && agent.status === "idle" && agentNow(agent, nowMs).state !== "idle",
  ).length;
  const { total: _, in_progress: hooked = 0, ...others } = counts;
  const shown = Math.min(waiting, hooked);
  return Object.entries({ ...others, in_progress: hooked - shown, waiting_for_its_agent: shown })
    .filter(([, n]) => n > 0)
    .map(([status, n]) => `${n} ${statusText(status)}`)
    .join(", ");
}

/** The same of one bead. @param isKept by a gate: then nothing of it runs or lands */
const beadState = (status: string, isKept: boolean): string =>
  statusText(status === "in_progress" && isKept ? "waiting_for_its_agent" : status);

/** A titled table of its own, or nothing. Not all of a long one: it is one screen. */
function section(title: string, rows: string[][], total: number): string[] {
  if (total === 0) return [];
  const shown = table(rows.slice(0, SHOWN));
  const more = total > shown.length ? [`… and ${total - shown.length} more`] : [];
  return ["", title, ...[...shown, ...more].map((line) => `  ${line}`)];
}

function failedLines(failed: Status["failed"], total: number, again: Again): string[] {
  const [first] = failed;
  if (!first) return [];
  const more = total > failed.length ? `, … and ${total - failed.length} more` : "";
  return [
    `parked   ${failed.map(({ id }) => id).join(", ")}${more}`,
    `         ${again(`explain ${first.id}`)}  says why; ${again(`retry ${first.id}`)}  tries it again.`,
  ];
}

export function healthLines(name: string, health: Health): string[] {
  const since = health.since ? `, ${ago(health.since, timeOf(health.computedAt))}` : "";
  return [
    `${name}: ${health.verdict}${since}`,
    ...(health.cause ? [`         ${health.cause}`] : []),
    ...(health.hint ? [`         ${health.hint}`] : []),
  ];
}

const SEVERITIES = ["critical", "warning", "notice"];

/** How much waits for a person, which the verdict does not tell: that is about the loop. */
export function waitingLines(waiting: Attention | null, again: Again): string[] {
  if (!waiting || waiting.items.length === 0) return [];
  const counts = SEVERITIES.flatMap((severity) => {
    const n = waiting.items.filter((item) => item.severity === severity).length;
    if (n === 0) return [];
    return severity === "critical" ? `${n} critical` : counted(n, severity);
  });
  const more = waiting.more > 0 ? `, and ${waiting.more} more` : "";
  return [`waits for you: ${counts.join(", ")}${more}  (${again("attention")})`];
}

/** The gates that are shut; of those that are open only how many. */
export function explainLines(
  { bead, status, summary, gates, nextLookAt, lastTry, unblock }: Explanation,
  again: Again,
): string[] {
  const shut = gates.filter(({ ok }) => !ok);
  const open = gates.length - shut.length;
  const how = unblock?.command ? again(unblock.command.replace(NPM, "")) : unblock?.request;
  return [
    // What keeps it stands below, gate by gate.
    `${bead}: ${beadState(status, shut.length > 0)}${shut.length > 0 ? ". It waits:" : `. ${summary}`}`,
    ...table(shut.map(({ gate, why, until }) => [`  ${gate}`, why ?? "", until ? `until ${until}` : ""])),
    ...(open > 0 && shut.length > 0 ? [`  ${counted(open, "other gate")} ${open === 1 ? "is" : "are"} open`] : []),
    ...(unblock ? [`${unblock.what}${how ? `  ${how}` : ""}`] : []),
    ...(shut.length > 0 && nextLookAt ? [`The town looks again at ${nextLookAt}.`] : []),
    ...lastTryLines(lastTry, again),
  ];
}

/** What a try that came to nothing printed last: of a gate that failed, that is why. */
export function lastTryLines(lastTry: Explanation["lastTry"], again: Again): string[] {
  if (!lastTry) return [];
  const what =
    lastTry.kind === "landing" ? "its last landing that came to nothing" : "its last run that came to nothing";
  const all = again(`attempt log ${lastTry.fence}`);
  if (lastTry.tail === "") return [];
  return [
    `The end of what ${what} printed (fence ${lastTry.fence}; all of it: ${all}):`,
    ...lastTry.tail.split("\n").map((line) => `  | ${line}`),
  ];
}

export function incidentLines(incidents: readonly Incident[], nowMs: number): string[] {
  if (incidents.length === 0) return ["none"];
  return table(
    incidents.map(({ id, kind, openedAt, closedAt, cause, healedBy }) => [
      `#${id}`,
      kind,
      openedAt ? ago(openedAt, nowMs) : "",
      closedAt ? `for ${span(timeOf(closedAt) - timeOf(openedAt))}, ended by ${healedBy ?? "nobody"}` : "open",
      cause,
    ]),
  );
}

export function tickLines(ticks: readonly Tick[]): string[] {
  if (ticks.length === 0) return ["Nothing has happened yet."];
  return table(
    ticks.map(({ tick, startedAt, durationMs, rowsRead, rowsWritten, ...record }) => [
      String(tick),
      (startedAt ?? "").slice(0, 19).replace("T", " "),
      durationMs === null ? "in flight" : `${durationMs} ms`,
      `${rowsRead}r ${rowsWritten}w`,
      whatHappened(record),
    ]),
  );
}

/** As the town says it, which does not know from where it is asked. */
const NPM = /^npm run town -- /;

/** Of each thing what it is, what goes on meanwhile, and how to mend it. */
export function attentionLines(town: string, { items, more }: Attention, nowMs: number, again: Again): string[] {
  if (items.length === 0) return [`${town}: nothing waits for you`];
  return [
    ...items.flatMap(({ kind, severity, target, since, times, what, meanwhile, nextAt, hint, verb, command }) => {
      const how = command === null ? verb && requestLine(verb) : again(command.replace(NPM, ""));
      return [
        `${severity} ${kind.replaceAll("_", " ")}${since ? `, ${ago(since, nowMs)}` : ""}${times > 1 ? `, ${times} times` : ""}: ${what}`,
        `  meanwhile ${meanwhile}${nextAt ? `; next ${inTime(nextAt, nowMs)}` : ""}`,
        ...(hint ? [`  ${command === null ? hint : hint.replace(/\b([Tt])his request\b/g, "$1his command")}`] : []),
        ...(how ? [`  ${how}`] : []),
        ...(target.type === "bead" ? [`  ${again(`explain ${target.id}`)}  says why`] : []),
      ];
    }),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ];
}

/** A request as it is sent. */
const requestLine = ({ method, path, body }: NonNullable<Attention["items"][number]["verb"]>): string =>
  `${method} ${path}${body && Object.keys(body).length > 0 ? ` ${JSON.stringify(body)}` : ""}`;

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

function agentRow(agent: Agent, nowMs: number): string[] {
  const { state, back, why } = agentNow(agent, nowMs);
  const next = back && `back ${back}`;
  return [agent.id, agent.rig, state, agent.bead ?? "", [next, why].filter(Boolean).join(": ")];
}

function hostRow({ id, enabled, connected, boot, heardAt, room, refused }: Host, nowMs: number): string[] {
  const state = connected ? "connected" : "not connected";
  return [
    id,
    enabled ? state : `${state}, disabled`,
    placesText(room),
    boot ? `boot ${boot.slice(0, 8)}` : "",
    heardAt ? `heard of ${ago(heardAt, nowMs)}` : "never heard of",
    refused ? `boot ${refused.boot.slice(0, 8)} is not let in: ${refused.code.replaceAll("_", " ")}` : "",
  ];
}

/** What a host last said of its room. */
export function placesText(room: Host["room"]): string {
  if (!room) return "";
  if (room.lacks) return room.lacks.replaceAll("_", " ");
  return room.places === null ? `${room.free} free` : `${room.free} of ${room.places} free`;
}

function attemptRow({ fence, kind, bead, agent, state, startedAt, progress }: Attempt, nowMs: number): string[] {
  return [
    `fence ${fence}`,
    kind,
    bead,
    agent ?? "",
    state,
    startedAt ? `since ${span(nowMs - Date.parse(startedAt))}` : "",
    ...(progress ? [quoted(progress)] : []),
  ];
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

/** What agents and people wrote must not command the terminal it is shown in. */
export const plain = (line: string): string => sentences(line).replace(/[\p{Cc}\p{Bidi_Control}]+/gu, " ");

/** What a host found of an agent. */
export function preflightLines(id: string, found: Agent["preflight"]): string[] {
  if (!found || found.state === "unknown") return [`${id}: its host could not be asked; that keeps it from nothing`];
  const checks = found.checks.flatMap(({ name, ok, detail, hint }) => [
    `  ${ok ? "ok  " : "FAIL"} ${name}: ${detail}`,
    ...(hint ? [`       ${hint}`] : []),
  ]);
  return [`${id}: its preflight ${found.state}`, ...checks];
}

/** The same of a text of many lines. */
export const shownText = (text: string): string => text.replace(/(?![\n\t])[\p{Cc}\p{Bidi_Control}]/gu, "");
