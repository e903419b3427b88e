/** What waits for a person, as it is now, and the request that mends it. Rows only, in bounded number: it answers while the loop hangs. */
import type { Tx } from "../../db/client.ts";
import { readTown } from "../../db/town-row.ts";
import { wordsOfVerb } from "../../lib/terminal.ts";
import { agentTrouble, providerTrouble } from "./agents.ts";
import { cutOff, held, parked, pastLimit, returned } from "./beads.ts";
import { breaker, hostLacks, hostRefused } from "./hosts.ts";
import { brief, type Finding, type Kind, type Look, type Severity, SHOWN, type Target, type Verb } from "./item.ts";
import { meanwhileOf } from "./kept.ts";
import { limited } from "./limits.ts";
import { failing, stalled } from "./loop.ts";
import { pastGate, quarantined } from "./records.ts";
import { repeating } from "./repeats.ts";
import { rigTrouble, starved, stuck } from "./rigs.ts";
import { silent } from "./runs.ts";
import { unreadableRow } from "./unreadable.ts";
import { webhookDisabled } from "./webhooks.ts";

/** Whose cause comes first explains what comes of it: so a kind sees what those before it have told. */
const kinds = {
  failing,
  stalled,
  breaker,
  host_lacks: hostLacks,
  host_refused: hostRefused,
  rig_trouble: rigTrouble,
  provider_trouble: providerTrouble,
  agent_trouble: agentTrouble,
  parked,
  cut_off: cutOff,
  past_limit: pastLimit,
  repeating,
  limited,
  stuck,
  starved,
  escalated: silent,
  returned,
  webhook_disabled: webhookDisabled,
  unreadable: unreadableRow,
  quarantined,
  held,
  past_gate: pastGate,
} as const satisfies Record<string, Kind>;

type AttentionKind = keyof typeof kinds;
const attentionKinds = Object.keys(kinds) as AttentionKind[];

export interface AttentionItem extends Omit<Finding, "mark" | "tried"> {
  /** The same for as long as this trouble lasts, and no other item has it. */
  key: string;
  kind: AttentionKind;
  severity: Severity;
  /** What a person types at a terminal for the verb; null: nothing does the same. */
  command: string | null;
}

export interface Attention {
  /** The worst first, and of those the newest. */
  items: AttentionItem[];
  /** How many there are of each kind that there is. */
  counts: Partial<Record<AttentionKind, number>>;
  /** How many are not shown. */
  more: number;
}

const RANK: Record<Severity, number> = { critical: 0, warning: 1, notice: 2 };

export function attentionOf(tx: Tx, nowMs: number): Attention {
  const town = readTown(tx);
  const told = new Set<string>();
  const name = ({ type, id }: Target) => `${type} ${id}`;
  const look: Look = {
    ...{ tx, nowMs, town, path: `/v1/towns/${town.name}` },
    isTold: (type, id) => told.has(name({ type, id })),
  };
  const all: Attention = { items: [], counts: {}, more: 0 };
  for (const kind of attentionKinds) {
    const def: Kind = kinds[kind];
    const found = def.find(look);
    for (const { target } of found) told.add(name(target));
    if (found.length === 0) continue;
    const shown = found.slice(0, SHOWN);
    const count = found.length > SHOWN ? (def.count?.(look) ?? found.length) : found.length;
    all.counts[kind] = count;
    all.more += count - shown.length;
    all.items.push(
      ...shown.map((finding) => itemOf(kind, def.severity, { ...finding, ...meanwhileOf(look, def, finding) })),
    );
  }
  all.items.sort((a, b) => RANK[a.severity] - RANK[b.severity] || b.sinceMs - a.sinceMs);
  return all;
}

function itemOf(kind: AttentionKind, usual: Severity, { mark, tried: _, ...finding }: Finding): AttentionItem {
  const key = `${kind}:${finding.target.id}${mark === undefined ? "" : `/${mark}`}`;
  return {
    ...{ key, kind },
    ...finding,
    severity: finding.severity ?? usual,
    what: brief(finding.what),
    command: finding.verb && commandFor(finding.verb),
  };
}

function commandFor(verb: Verb): string | null {
  const words = wordsOfVerb(verb);
  return words === null ? null : `npm run town -- ${words}`;
}
