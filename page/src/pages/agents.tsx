/** Who works, for which rig, where; and what keeps each from work. */
import { commandLine } from "../../../src/lib/shell-words.ts";
import type { Agent, Host, Rig } from "../api.ts";
import { route, townPath } from "../route.ts";
import { agents, attemptOf, hosts, rigs } from "../store/state.ts";
import { addAgent, command } from "../terminal.ts";
import { AgentState, keptBy } from "../ui/agent-rows.tsx";
import { Asked, add, ask } from "../ui/asked.tsx";
import { Command } from "../ui/copy.tsx";
import { later } from "../ui/later.tsx";
import { BeadLink } from "../ui/link.tsx";
import { Empty } from "../ui/problem.tsx";
import { Section } from "../ui/section.tsx";
import { Chip } from "../ui/state.tsx";
import { When } from "../ui/time.tsx";
import { Told } from "../ui/told.tsx";
import { Verb } from "../ui/verb.tsx";

const Removed = later(async () => (await import("../ui/remove.tsx")).Removed);

export const AgentsPage = () => (
  <>
    <Asked />
    <div class="row apart">
      <h1>Agents and hosts</h1>
      <span class="row">
        {add("agent")}
        {add("rig")}
      </span>
    </div>
    <Section title="Agents">
      {agents.value.length === 0 ? (
        <Empty>
          <p>No agent is registered, so nothing can run. At a terminal:</p>
          <Command text={addAgent()} />
        </Empty>
      ) : (
        <ul class="list">
          {agents.value.map((agent) => (
            <OneAgent key={agent.id} agent={agent} />
          ))}
        </ul>
      )}
    </Section>
    <Section title="Rigs">
      {rigs.value.length === 0 ? (
        <Empty>
          <p>No repository is registered. At a terminal:</p>
          <Command text={command('rig add app git@example.com:you/app.git --gate "npm test"')} />
        </Empty>
      ) : (
        <ul class="list">
          {rigs.value.map((rig) => (
            <OneRig key={rig.id} rig={rig} />
          ))}
        </ul>
      )}
    </Section>
    <Section title="Hosts" aside="machines that have joined; the town's own is always there">
      {hosts.value.length === 0 ? (
        <Empty>None has joined. Agents run where the town's own host is.</Empty>
      ) : (
        <ul class="list">
          {hosts.value.map((host) => (
            <OneHost key={host.id} host={host} />
          ))}
        </ul>
      )}
    </Section>
    <Removed kinds={["rig", "agent"]} />
  </>
);

function OneAgent({ agent }: { agent: Agent }) {
  const at = townPath(`/agents/${agent.id}`);
  const attempt = attemptOf.value.get(agent.fence ?? -1);
  const failed = agent.preflight?.checks.filter(({ ok }) => !ok) ?? [];
  const isLive = agent.status !== "idle" && agent.fence !== null;
  return (
    <li class="item" aria-current={route.value.id === agent.id ? "true" : undefined}>
      <div class="row apart">
        <span class="row">
          <span class="strong">{agent.id}</span>
          <AgentState agent={agent} />
          {agent.bead && <BeadLink id={agent.bead} />}
        </span>
        <span class="soft small">
          {agent.preset === "exec" ? agent.command[0]?.split("/").at(-1) : agent.preset}
          {agent.model && `, ${agent.model}`}, of {agent.rig}
        </span>
      </div>
      {attempt && isLive && (
        <p class="soft small">
          Began <When at={attempt.startedAt} />; its process was heard of <When at={heardAt(attempt)} none="not yet" />;{" "}
          {attempt.agentActiveAt ? (
            <>
              it was active <When at={attempt.agentActiveAt} />.
            </>
          ) : (
            "it was not active yet."
          )}
        </p>
      )}
      {agent.trouble && (
        <p class="warn">
          <Told text={agent.trouble.message} />
          {agent.notBeforeAt && (
            <>
              {" "}
              Tried again <When at={agent.notBeforeAt} isAhead />.
            </>
          )}
        </p>
      )}
      {agent.paused && (
        <p class="soft small">
          Paused by {agent.paused.by}: {agent.paused.why}
        </p>
      )}
      {failed.length > 0 && (
        <ul>
          {failed.map(({ name, detail, hint }) => (
            <li key={name} class="small">
              <Chip icon="cross" tone="bad">
                {name}
              </Chip>{" "}
              {detail} <span class="soft">{hint && <Told text={hint} />}</span>
            </li>
          ))}
        </ul>
      )}
      <div class="row">
        {isLive && (
          <Verb
            request={{
              method: "POST",
              path: `${at}/stop`,
              body: { reason: "stopped from the page", fence: agent.fence },
            }}
            label="Stop its run"
            icon="stop"
            kind="danger"
            sure={`Stop what ${agent.id} is at? Its bead goes back to the queue.`}
          />
        )}
        {keptBy(agent) === "disabled" ? (
          <Verb key="enable" request={{ method: "PATCH", path: at, body: { enabled: true } }} icon="run" />
        ) : (
          <Verb key="disable" request={{ method: "PATCH", path: at, body: { enabled: false } }} label="Disable" />
        )}
        {agent.paused && <Verb request={{ method: "PATCH", path: at, body: { paused: null } }} icon="run" />}
        <Verb request={{ method: "POST", path: `${at}/preflight`, body: {} }} label="Look whether it could work" />
        {ask("edit", "agent", agent.id)}
        {ask("remove", "agent", agent.id)}
      </div>
    </li>
  );
}

/** When its host last said that it lives. */
const heardAt = ({ leaseUntil, leaseMs }: { leaseUntil: string | null; leaseMs: number | null }): number | null =>
  leaseUntil === null || leaseMs === null ? null : Date.parse(leaseUntil) - leaseMs;

function OneRig({ rig }: { rig: Rig }) {
  const at = townPath(`/rigs/${rig.id}`);
  const trouble = rig.pushTrouble ?? rig.landingTrouble;
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <span class="strong">{rig.id}</span>
          {rig.paused ? (
            <Chip icon="pause" tone="quiet">
              paused
            </Chip>
          ) : trouble ? (
            <Chip icon="alert" tone="bad">
              in trouble
            </Chip>
          ) : (
            <Chip icon="check" tone="ok">
              in order
            </Chip>
          )}
        </span>
        <span class="soft small">
          <code>{rig.repoUrl}</code>, {rig.defaultBranch}
        </span>
      </div>
      <p class="soft small">
        {rig.gate ? (
          <>
            Lands through <code>{commandLine(rig.gate)}</code>
          </>
        ) : (
          "Lands without a gate: what is pushed is what lands."
        )}
      </p>
      {trouble?.failure && (
        <p class="warn">
          <Told text={trouble.failure.message} /> Tried again{" "}
          <When at={trouble.nextTryAt} isAhead none="when an operator says so" />.
        </p>
      )}
      <div class="row">
        {rig.paused ? (
          <Verb key="resume" request={{ method: "PATCH", path: at, body: { paused: null } }} icon="run" kind="main" />
        ) : (
          <Verb
            key="pause"
            request={{ method: "PATCH", path: at, body: { paused: { why: "paused from the page" } } }}
            label="Pause"
            icon="pause"
          />
        )}
        <Verb request={{ method: "POST", path: `${at}/preflight`, body: {} }} label="Look at its repository" />
        {trouble && <Verb request={{ method: "POST", path: `${at}/landings/retry` }} />}
        {ask("edit", "rig", rig.id)}
        {ask("remove", "rig", rig.id)}
      </div>
    </li>
  );
}

function OneHost({ host }: { host: Host }) {
  const at = townPath(`/hosts/${host.id}`);
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <span class="strong">{host.id}</span>
          <Chip icon={host.connected ? "check" : "cross"} tone={host.connected ? "ok" : "bad"}>
            {host.connected ? "connected" : "away"}
          </Chip>
          {!host.enabled && (
            <Chip icon="pause" tone="quiet">
              disabled
            </Chip>
          )}
        </span>
        <span class="soft small">
          heard of <When at={host.heardAt} />
          {host.room && `, ${host.room.free} places free`}
        </span>
      </div>
      {host.breaker?.open && (
        <p class="warn">
          {host.breaker.failure?.message} Tried again <When at={host.breaker.nextTryAt} isAhead />.
        </p>
      )}
      {host.refused && (
        <p class="warn">
          Another machine dials as this host: {host.refused.code.replaceAll("_", " ")}, {host.refused.times} times.
        </p>
      )}
      <div class="row">
        <Verb
          key={String(host.enabled)}
          request={{ method: "PATCH", path: at, body: { enabled: !host.enabled } }}
          label={host.enabled ? "Disable" : "Enable"}
        />
      </div>
    </li>
  );
}
