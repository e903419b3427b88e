/**
 * What is ready in a file, by the tracker's documented rules and nothing of ours: open, nothing open before it, no parent that
 * waits, not put off, and work at all. One difference is meant: an epic is never begun.
 */
import { type Issue, type Line, listOf } from "./bd-shapes.ts";

const NEVER_WORK = [
  "merge-request",
  "gate",
  "molecule",
  "message",
  "agent",
  "role",
  "rig",
  "event",
  "slot",
  "convoy",
  "epic",
];

/** Of each id the newest line; of two as new the later one. */
export function newest(lines: readonly Line[]): Map<string, Issue> {
  const issues = new Map<string, Issue>();
  for (const line of lines) {
    if (line._type !== undefined && line._type !== "issue") continue;
    const issue = line as Issue;
    const former = issues.get(issue.id);
    if (!former || Date.parse(String(former.updated_at)) <= Date.parse(String(issue.updated_at)))
      issues.set(issue.id, issue);
  }
  return issues;
}

export function readyIn(lines: readonly Line[], nowMs: number): string[] {
  const issues = newest(lines);
  const isDone = (status: unknown) => status === "closed" || status === "tombstone";
  const holdsUp = (id: string) => {
    const issue = issues.get(id);
    return issue !== undefined && !isDone(issue.status) && issue.status !== "pinned";
  };
  const parts = new Map<string, Issue[]>();
  for (const issue of issues.values())
    for (const { type, depends_on_id: on } of listOf(issue))
      if (type === "parent-child") parts.set(on, [...(parts.get(on) ?? []), issue]);
  const opens = (on: string, metadata: string | undefined) => {
    const some = parts.get(on) ?? [];
    const any = metadata ? JSON.parse(metadata).gate === "any-children" : false;
    return some.every((part) => !holdsUp(part.id)) || (any && some.some(({ status }) => isDone(status)));
  };
  const blocked = new Set<string>();
  for (let grew = true; grew; ) {
    grew = false;
    for (const issue of issues.values()) {
      if (blocked.has(issue.id) || isDone(issue.status) || issue.status === "pinned") continue;
      const waits = listOf(issue).some(({ type, depends_on_id: on, metadata }) => {
        if (type === "blocks" || type === "conditional-blocks") return holdsUp(on);
        if (type === "waits-for") return issues.has(on) && !opens(on, metadata);
        return type === "parent-child" && blocked.has(on);
      });
      if (waits) grew = blocked.add(issue.id) !== undefined;
    }
  }
  const isPutOff = (issue: Issue | undefined) => Date.parse(String(issue?.defer_until)) > nowMs;
  return [...issues.values()]
    .filter(
      (issue) =>
        issue.status === "open" &&
        !blocked.has(issue.id) &&
        issue.pinned !== true &&
        issue.ephemeral !== true &&
        issue.is_template !== true &&
        !issue.wisp_type &&
        !NEVER_WORK.includes(String(issue.issue_type)) &&
        !isPutOff(issue) &&
        !listOf(issue).some(({ type, depends_on_id: on }) => type === "parent-child" && isPutOff(issues.get(on))),
    )
    .map(({ id }) => id)
    .sort();
}
