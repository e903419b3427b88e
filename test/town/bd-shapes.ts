/** Files such as trackers in use export them: each made anew, of the shape and the size of one seen in the world. */

export type Line = { [key: string]: unknown };
export interface Issue extends Line {
  id: string;
}
interface Bond {
  issue_id: string;
  depends_on_id: string;
  type: string;
  metadata?: string;
}

/** The same numbers for the same seed. */
export function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

type Share = readonly [of: object, share: number];

export interface Shape {
  name: string;
  lines: number;
  /** Of the issues, what some of them say besides. */
  some?: readonly Share[];
  /** Dependencies an issue has on average, by type. */
  bonds?: Readonly<Record<string, number>>;
  /** How many epics stand over the rest. */
  epics?: number;
  memories?: number;
  /** How many ids come twice, the newer one last or first. */
  twice?: number;
  /** Closed issues that wait for one another. */
  circles?: number;
}

const FAR = "2999-01-01T00:00:00Z";
const PAST = "2020-01-01T00:00:00Z";
const closed = (share: number): Share => [
  { status: "closed", closed_at: "2026-01-05T10:00:00Z", close_reason: "Done" },
  share,
];
const is = (issue_type: string, share: number, more: object = {}): Share => [{ issue_type, ...more }, share];
const status = (word: string, share: number, more: object = {}): Share => [{ status: word, ...more }, share];
const wisp = (share: number): Share => [
  { ephemeral: true, wisp_type: "patrol", issue_type: "event", event_kind: "patrol.muted" },
  share,
];
const crew: Share[] = [
  is("agent", 0.06, { id_prefix: "hq" }),
  is("role", 0.03),
  is("rig", 0.02, { labels: ["gt:rig"] }),
  is("message", 0.1, { sender: "mayor/", status: "open" }),
];

export const SHAPES: readonly Shape[] = [
  { name: "one task", lines: 1 },
  { name: "a handful without a word on dependencies", lines: 7 },
  {
    name: "a young project",
    lines: 23,
    some: [closed(0.3), is("feature", 0.3), is("bug", 0.2)],
    bonds: { blocks: 0.4 },
  },
  { name: "a finished project", lines: 64, some: [closed(1)], bonds: { blocks: 0.8, "parent-child": 0.5 }, epics: 5 },
  { name: "epics with parts, dotted ids", lines: 88, some: [closed(0.4)], epics: 9, bonds: { blocks: 0.3 } },
  { name: "epics in epics that wait for others", lines: 120, some: [closed(0.25)], epics: 22, bonds: { blocks: 0.5 } },
  {
    name: "the tracker's own tracker",
    lines: 640,
    some: [closed(0.82), is("bug", 0.3), is("chore", 0.1), status("tombstone", 0.05, { deleted_at: PAST })],
    epics: 30,
    bonds: { blocks: 0.3, related: 0.1, "discovered-from": 0.4 },
  },
  {
    name: "what was found on the way",
    lines: 150,
    some: [closed(0.5)],
    bonds: { "discovered-from": 0.9, related: 0.2 },
  },
  { name: "a backlog on ice", lines: 90, some: [status("deferred", 0.5), closed(0.2)], bonds: { blocks: 0.3 } },
  {
    name: "put off until some day",
    lines: 60,
    some: [status("deferred", 0.2, { defer_until: FAR }), [{ defer_until: FAR }, 0.2], [{ defer_until: PAST }, 0.2]],
    epics: 6,
    bonds: { blocks: 0.2 },
  },
  {
    name: "a crew at work",
    lines: 75,
    some: [status("in_progress", 0.4, { assignee: "ada" }), closed(0.2)],
    bonds: { blocks: 0.4 },
  },
  {
    name: "hooked by agents",
    lines: 82,
    some: [status("hooked", 0.35, { assignee: "polecats/nux" }), closed(0.3)],
    epics: 4,
    bonds: { blocks: 0.3 },
  },
  {
    name: "pinned things that block nobody",
    lines: 45,
    some: [status("pinned", 0.3), [{ pinned: true }, 0.1]],
    bonds: { blocks: 0.8 },
  },
  { name: "blocked by word alone", lines: 50, some: [status("blocked", 0.4)], bonds: { blocks: 0.2 } },
  {
    name: "statuses of their own",
    lines: 40,
    some: [status("awaiting_review", 0.2), status("qa", 0.2), closed(0.2)],
    bonds: { blocks: 0.5 },
  },
  {
    name: "a town of agents",
    lines: 217,
    some: [...crew, closed(0.3), status("hooked", 0.1)],
    epics: 8,
    bonds: { blocks: 0.4 },
  },
  { name: "mostly events", lines: 190, some: [wisp(0.82), closed(0.05)], bonds: { blocks: 0.2 } },
  {
    name: "messages",
    lines: 130,
    some: [is("message", 0.7, { sender: "witness" }), closed(0.2)],
    bonds: { "replies-to": 0.6 },
  },
  { name: "merge requests", lines: 110, some: [is("merge-request", 0.4), closed(0.4)], bonds: { blocks: 0.5 } },
  {
    name: "gates that somebody waits for",
    lines: 66,
    some: [is("gate", 0.2, { await_type: "gh:pr", await_id: "12" }), closed(0.3)],
    bonds: { blocks: 0.9 },
  },
  {
    name: "molecules and their steps",
    lines: 140,
    some: [is("molecule", 0.1), is("step", 0.3), closed(0.4)],
    epics: 10,
    bonds: { blocks: 0.5, "waits-for": 0.2 },
  },
  {
    name: "fan-out and what waits for it",
    lines: 96,
    some: [closed(0.4)],
    epics: 12,
    bonds: { "waits-for": 0.4, "parent-child": 0.2 },
  },
  {
    name: "templates",
    lines: 58,
    some: [[{ is_template: true, labels: ["template"] }, 0.5], closed(0.2)],
    epics: 4,
    bonds: { blocks: 0.6 },
  },
  { name: "what runs only if another fails", lines: 40, some: [closed(0.3)], bonds: { "conditional-blocks": 0.6 } },
  {
    name: "deleted and still there",
    lines: 84,
    some: [status("tombstone", 0.4, { deleted_by: "ada", original_type: "task" }), closed(0.2)],
    bonds: { blocks: 0.8 },
  },
  {
    name: "with memories",
    lines: 70,
    memories: 25,
    some: [[{ _type: "issue" }, 1], closed(0.5)],
    bonds: { blocks: 0.4 },
  },
  { name: "nothing but memories", lines: 0, memories: 12 },
  { name: "merged by hand", lines: 77, twice: 20, some: [closed(0.3)], bonds: { blocks: 0.5 } },
  { name: "circles among what is done", lines: 60, circles: 5, some: [closed(0.5)], bonds: { blocks: 0.3 } },
  { name: "across repositories", lines: 55, some: [closed(0.2)], bonds: { blocks: 0.3, "external:blocks": 0.6 } },
  {
    name: "knowledge of all kinds",
    lines: 98,
    some: [is("decision", 0.2), is("spike", 0.1), closed(0.4)],
    bonds: { tracks: 0.3, "relates-to": 0.4, supersedes: 0.2, validates: 0.2, blocks: 0.2 },
  },
  {
    name: "two bonds on the same",
    lines: 44,
    some: [closed(0.2)],
    bonds: { "related+blocks": 0.5, "discovered-from+conditional-blocks": 0.3 },
  },
  {
    name: "everything, and much of it",
    lines: 950,
    memories: 30,
    twice: 15,
    circles: 3,
    epics: 60,
    some: [
      closed(0.5),
      ...crew,
      wisp(0.15),
      status("hooked", 0.05),
      status("pinned", 0.02),
      status("deferred", 0.05),
      status("in_progress", 0.05),
      status("tombstone", 0.04),
      is("gate", 0.03),
      is("molecule", 0.02),
    ],
    bonds: { blocks: 0.4, "conditional-blocks": 0.05, "discovered-from": 0.2, related: 0.1, tracks: 0.05 },
  },
];

/** One JSON object a line, as it would stand in the file. */
export function linesOf(shape: Shape, seed: number): Line[] {
  const next = chance(seed);
  const below = (n: number) => Math.floor(next() * n);
  const { lines, epics = 0, some = [], bonds = {}, memories = 0, twice = 0, circles = 0 } = shape;
  const ids: string[] = [];
  const parents = new Map<string, string>();
  for (let at = 0; at < lines; at++) {
    const above = at >= 1 && epics > 0 && (at >= epics || next() < 0.4) ? ids[below(Math.min(at, epics))] : undefined;
    const id = above ? `${above}.${at}` : `bd-${(at * 7919 + seed).toString(36)}`;
    if (above) parents.set(id, above);
    ids.push(id);
  }
  const issues = ids.map((id, at): Issue => {
    const issue: Issue = {
      id,
      title: `${shape.name}, no. ${at}`,
      description: next() < 0.7 ? "What is to be done, and why. ".repeat(1 + below(20)) : "",
      status: "open",
      priority: below(5),
      issue_type: at < epics ? "epic" : "task",
      created_at: `2025-1${below(3)}-0${1 + below(9)}T10:00:00.123456789-08:00`,
      updated_at: `2026-01-0${1 + below(9)}T10:00:00Z`,
    };
    for (const [of, share] of some) if (next() < share) Object.assign(issue, of, at < epics && { issue_type: "epic" });
    if (next() < 0.2) Object.assign(issue, { notes: "see above", estimated_minutes: 30, external_ref: "gh-9" });
    const above = parents.get(id);
    const list = [...(above ? [bond(id, above, "parent-child")] : []), ...bondsOf(id, at, bonds, ids, { next, below })];
    if (list.length > 0) issue.dependencies = list;
    return issue;
  });
  for (let n = 0; n < circles; n++) {
    const ring = Array.from({ length: 3 }, () => issues[below(lines)] as Issue);
    ring.forEach((issue, at) => {
      const other = ring[(at + 1) % ring.length] as Issue;
      Object.assign(issue, { status: "closed", closed_at: PAST });
      if (issue.id !== other.id) issue.dependencies = [...listOf(issue), bond(issue.id, other.id, "blocks")];
    });
  }
  const others = Array.from({ length: memories }, (_, n) => ({
    _type: "memory",
    key: `k${n}`,
    value: `remember ${n}`,
  }));
  const copies = Array.from({ length: Math.min(twice, lines) }, () => {
    const issue = issues[below(lines)] as Issue;
    return { ...issue, title: "an older copy", status: "open", updated_at: "2025-12-01T10:00:00Z" };
  });
  const all: Line[] = [...copies.slice(0, twice / 2), ...issues, ...copies.slice(twice / 2), ...others];
  return all;
}

export const listOf = (issue: Line): Bond[] => (issue.dependencies ?? []) as Bond[];

const bond = (issue_id: string, depends_on_id: string, type: string, metadata?: string): Bond => ({
  issue_id,
  depends_on_id,
  type,
  ...{ created_at: PAST, created_by: "ada" },
  ...(metadata !== undefined && { metadata }),
});

interface Dice {
  next: () => number;
  below: (n: number) => number;
}

/** On what came before it: so nothing that is open waits for itself. */
function bondsOf(
  id: string,
  at: number,
  shares: Readonly<Record<string, number>>,
  ids: string[],
  { next, below }: Dice,
): Bond[] {
  if (at === 0) return [];
  return Object.entries(shares).flatMap(([types, share]) => {
    if (next() >= share) return [];
    const other = ids[below(at)] as string;
    // What is above it, or below, waits with it or for it: the town has another rule for that.
    if (other.startsWith(`${id}.`) || id.startsWith(`${other}.`)) return [];
    if (types === "parent-child" && id.includes(".")) return [];
    if (types === "external:blocks") return [bond(id, `external:other:${other}`, "blocks")];
    const gate = next() < 0.5 ? '{"gate":"any-children"}' : next() < 0.5 ? '{"gate":"all-children"}' : "";
    return types.split("+").map((type) => bond(id, other, type, type === "waits-for" ? gate : undefined));
  });
}
