/** What everybody does: each agent with both clocks, that of its process and its own. */
import type { Agent, Attempt } from "../api.ts";
import { agents, attemptOf, beadOf } from "../store/state.ts";
import { addAgent } from "../terminal.ts";
import { Command } from "./copy.tsx";
import { Link } from "./link.tsx";
import { Empty } from "./problem.tsx";
import { Chip, State } from "./state.tsx";
import { When } from "./time.tsx";
import { Words } from "./told.tsx";

export function AgentRows() {
  if (agents.value.length === 0)
    return (
      <Empty>
        <p>No agent is registered, so nothing can run. Under Agents one is added, or at a terminal:</p>
        <Command text={addAgent()} />
      </Empty>
    );
  return (
    <ul class="list">
      {agents.value.map((agent) => (
        <Row key={agent.id} agent={agent} attempt={attemptOf.value.get(agent.fence ?? -1) ?? null} />
      ))}
    </ul>
  );
}

/** What keeps an idle agent from work, in a word. */
export function keptBy(agent: Agent): string | null {
  if (!agent.enabled) return "disabled";
  if (agent.paused) return "paused";
  if (agent.trouble?.kind === "provider_limited") return "limited";
  if (agent.trouble?.kind === "auth") return "not let in";
  if (agent.trouble) return "in trouble";
  return null;
}

/** It would take the next bead. */
export const isFree = (agent: Agent): boolean =>
  agent.status === "idle" && agent.bead === null && keptBy(agent) === null;

export function AgentState({ agent }: { agent: Agent }) {
  const kept = agent.status === "idle" ? keptBy(agent) : null;
  if (kept === null) return <State of="agent" is={agent.status} />;
  return (
    <Chip
      icon={kept === "paused" ? "pause" : "alert"}
      tone={kept === "disabled" || kept === "paused" ? "quiet" : "warn"}
    >
      {kept}
    </Chip>
  );
}

function Row({ agent, attempt }: { agent: Agent; attempt: Attempt | null }) {
  const bead = agent.bead === null ? null : (beadOf.value.get(agent.bead) ?? null);
  const step = attempt?.step?.message ?? attempt?.step?.tool?.title ?? attempt?.progress ?? null;
  return (
    <li class="agent">
      <Link page="agents" id={agent.id} class="strong">
        {agent.id}
      </Link>
      <AgentState agent={agent} />
      <span class="what">
        {agent.bead ? (
          <Link page="beads" id={agent.bead}>
            <span class="id">{agent.bead}</span> <Words of={bead?.title ?? ""} />
          </Link>
        ) : (
          <span class="soft">{agent.trouble?.message ?? agent.paused?.why ?? `of ${agent.rig}`}</span>
        )}
      </span>
      {attempt && agent.status !== "idle" && (
        <span class="clocks">
          began <When at={attempt.startedAt} />,{" "}
          {attempt.agentActiveAt ? (
            <>
              active <When at={attempt.agentActiveAt} />
            </>
          ) : (
            "not active yet"
          )}
        </span>
      )}
      {step && agent.status !== "idle" && (
        <span class="step">
          <Words of={step} />
        </span>
      )}
    </li>
  );
}
