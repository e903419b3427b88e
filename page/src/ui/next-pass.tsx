/** What the next pass would do, and what it would refuse, and why. */
import type { Preview } from "../api.ts";
import { townPath } from "../route.ts";
import { health } from "../store/state.ts";
import { useAsk } from "./hooks.ts";
import { BeadLink } from "./link.tsx";
import { Empty, Wrong } from "./problem.tsx";
import { Section } from "./section.tsx";
import { Chip } from "./state.tsx";
import { When } from "./time.tsx";
import { Told } from "./told.tsx";

export function NextPass() {
  const { value: plan, problem } = useAsk<Preview>(townPath("/plan"), health.value?.lastPollCompletedAt);
  if (problem) return <Wrong problem={problem} />;
  if (!plan) return null;
  const lines = [
    ...plan.actions.map((action) => ({ action, tone: "ok" as const, gate: "would begin", why: "", until: null })),
    ...plan.refused.map(({ gate, why, until, ...action }) => ({ action, tone: "warn" as const, gate, why, until })),
  ];
  return (
    <Section title="What the next pass would do" aside={`${plan.actions.length} begin, ${plan.refused.length} refused`}>
      {lines.length + plan.heldBack.length === 0 ? (
        <Empty>Nothing: all that is to be done is under way or over.</Empty>
      ) : (
        <div class="scroll">
          <table>
            <caption class="hidden">What the next pass would do</caption>
            <thead>
              <tr>
                <th>action</th>
                <th>bead</th>
                <th>gate</th>
                <th>why</th>
                <th>until</th>
              </tr>
            </thead>
            <tbody>
              {lines.map(({ action, tone, gate, why, until }) => (
                <tr key={JSON.stringify(action)}>
                  <td>{action.type.replaceAll("_", " ")}</td>
                  <td>{typeof action.beadId === "string" && <BeadLink id={action.beadId} />}</td>
                  <td>
                    <Chip icon={tone === "ok" ? "arrow" : "lock"} tone={tone}>
                      {gate.replaceAll("_", " ")}
                    </Chip>
                  </td>
                  <td>
                    <Told text={why} />
                  </td>
                  <td class="nowrap">{until && <When at={until} isAhead />}</td>
                </tr>
              ))}
              {plan.heldBack.map(({ action, times, why, until }) => (
                <tr key={action}>
                  <td>{action.replaceAll("_", " ")}</td>
                  <td />
                  <td>
                    <Chip icon="clock" tone="warn">
                      held back
                    </Chip>
                  </td>
                  <td>
                    {why} ({times} times)
                  </td>
                  <td class="nowrap">{until && <When at={until} isAhead />}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Section>
  );
}
