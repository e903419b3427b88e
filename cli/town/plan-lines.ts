/** What the next pass would do, as lines for a person. Pure. */
import type { components } from "../api-types.ts";
import { inTime } from "./times.ts";

export type Preview = components["schemas"]["Preview"];

export function planLines(town: string, { actions, refused, heldBack }: Preview, nowMs: number): string[] {
  if (actions.length + refused.length + heldBack.length === 0) return [`${town}: the next pass would do nothing`];
  const when = (until: string | null) => (until ? `, ${inTime(until, nowMs)}` : "");
  return [
    ...titled("would be done", actions.map(actionText)),
    ...titled(
      "would be done too, were it not for a gate",
      refused.map(
        ({ gate, why, until, ...action }) =>
          `${actionText(action)}: ${gate.replaceAll("_", " ")}${when(until)}: ${why}`,
      ),
    ),
    ...titled(
      "came to nothing, and waits",
      heldBack.map(
        ({ action, times, why, until }) => `${action.replaceAll("_", " ")}, ${times} times${when(until)}: ${why}`,
      ),
    ),
  ];
}

const titled = (title: string, lines: readonly string[]): string[] =>
  lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];

/** The type, and what it is about: `dispatch agent  app-1, ada`. */
function actionText({ type, ...about }: { type: string; [field: string]: unknown }): string {
  const { beadId, agentId, fence } = about;
  const named = [beadId, agentId, fence === undefined ? undefined : `fence ${fence}`].filter((each) => each != null);
  return `${type.replaceAll("_", " ")}${named.length > 0 ? `  ${named.join(", ")}` : ""}`;
}
