/** Is it healthy, what is everybody doing, what needs me: in one look. */
import type { AttentionItem } from "../api.ts";
import { span } from "../clock.ts";
import { hintOf } from "../hints.ts";
import { needs, troubles } from "../store/needs.ts";
import { spentToday } from "../store/spent.ts";
import { agents, attention, beads, health, ticks, town, unknownSinceMs } from "../store/state.ts";
import { commandAsTold, createBead } from "../terminal.ts";
import { AgentRows } from "../ui/agent-rows.tsx";
import { Command } from "../ui/copy.tsx";
import { Beats, Heartbeat } from "../ui/heart.tsx";
import { Icon } from "../ui/icon.tsx";
import { Link } from "../ui/link.tsx";
import { Paused } from "../ui/paused.tsx";
import { Empty } from "../ui/problem.tsx";
import { Section } from "../ui/section.tsx";
import { State, toneOf } from "../ui/state.tsx";
import { Since, When } from "../ui/time.tsx";
import { Told } from "../ui/told.tsx";
import { requestIn, Verb } from "../ui/verb.tsx";

export const NowPage = () => (
  <>
    <Verdict />
    <Figures />
    <Section title="Heartbeat" aside={<Beats />}>
      {ticks.value.length > 0 ? (
        <Heartbeat />
      ) : (
        <Empty>No tick yet. The loop wakes as soon as there is something to do.</Empty>
      )}
    </Section>
    <div class="columns needs-first">
      <Attention />
      <Section title="Agents">
        <AgentRows />
      </Section>
    </div>
  </>
);

const SENTENCES: Record<string, string> = {
  healthy: "Work goes on.",
  idle: "All is quiet: there is nothing to do.",
  late: "A tick is late.",
  stalled: "The dispatch loop is wedged.",
  spinning: "The same comes to nothing again and again.",
  starved: "Work is ready, and nobody takes it.",
  failing: "The town's storage fails.",
  paused: "Paused: nothing new starts.",
  draining: "Draining: no new runs.",
  unknown: "It is not known how the town is.",
};

function Verdict() {
  const { value: known } = health;
  if (!known)
    return (
      <div class="verdict">
        <h1>How the town is takes a token that may see it: its scope is metrics:read.</h1>
      </div>
    );
  if (unknownSinceMs.value !== null)
    return (
      <div class="verdict">
        <h1>
          <Icon name="unknown" />
          Unknown for <Since at={unknownSinceMs.value} />
        </h1>
        <p>It was {known.verdict} when it was last heard of.</p>
      </div>
    );
  // Where the loop is well and a person is needed, that is what there is to say.
  const needed = known.verdict === "healthy" || known.verdict === "idle" ? needs.value : null;
  if (needed)
    return (
      <div class="verdict">
        <h1>
          <span class={toneOf("severity", needed.severity)}>
            <State of="severity" is={needed.severity} />
          </span>
          {needed.words}
        </h1>
        <p class="soft">{known.verdict === "healthy" ? "All else goes on." : "Nothing else is to be done."}</p>
      </div>
    );
  const request = requestIn(known.hint?.replace(/ (resumes it|ends it)\.$/, "") ?? null);
  return (
    <div class="verdict">
      <h1>
        <span class={toneOf("verdict", known.verdict)}>
          <State of="verdict" is={known.verdict} />
        </span>
        {SENTENCES[known.verdict]}
      </h1>
      {known.verdict === "paused" && town.value?.paused ? (
        <p>
          <Paused of={town.value.paused} />
        </p>
      ) : (
        known.cause && (
          <p>
            <Told text={known.cause} />
            {known.since && (
              <span class="soft">
                , for <Since at={known.since} />
              </span>
            )}
          </p>
        )
      )}
      {hintOf(known.hint) && <p class="soft">{hintOf(known.hint)}</p>}
      {request && (
        <div class="row">
          <Verb request={request} kind="main" />
        </div>
      )}
    </div>
  );
}

function Figures() {
  const { value: known } = town;
  if (!known) return null;
  const spent = spentToday.value;
  const { open, in_progress, in_review, closed, failed } = known.beads;
  // On the hook of an agent that is not at work on it, a bead waits.
  const idle = new Set(agents.value.flatMap(({ id, status }) => (status === "idle" ? [id] : [])));
  const kept = beads.value.filter(({ status, agent }) => status === "in_progress" && agent && idle.has(agent)).length;
  const least = spent.isWhole || !spent.isKnown ? [] : ["at least"];
  // Where no run tells, nothing is known of it, and $0.00 would be an answer.
  const usd = spent.told === 0 && spent.untold > 0 ? "unknown" : `$${spent.usd.toFixed(2)}`;
  const untold =
    spent.untold > 0 ? [spent.untold === 1 ? "1 run did not say" : `${spent.untold} runs did not say`] : [];
  const figures: (readonly [string, string | number])[] = [
    ["waiting", open],
    ["running", in_progress - kept],
    ...(kept > 0 ? ([["waiting for their agent", kept]] as const) : []),
    ["in review", in_review],
    ["parked", failed],
    ["done", closed],
    [["run time today", ...least].join(", "), spent.isKnown ? span(spent.ms) : "…"],
    [["spent today", ...least, ...untold].join(", "), spent.isKnown ? usd : "…"],
  ];
  return (
    <dl class="figures">
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Attention() {
  const { value: known } = attention;
  const items = known?.items ?? [];
  const count = items.length + (known?.more ?? 0) + troubles.value.length;
  return (
    <Section title="Needs you" aside={count > 0 ? `${count}` : null}>
      {count === 0 ? (
        <Empty>{beads.value.length === 0 ? <NoBeads /> : "Nothing waits for a person."}</Empty>
      ) : (
        <ul class="list">
          {items.map((item) => (
            <Item key={item.key} item={item} />
          ))}
          {troubles.value.map(({ kind, id, what }) => (
            <li key={`${kind} ${id}`} class="item">
              <div class="row apart">
                <span class="row">
                  <State of="severity" is="warning" />
                  <span class="strong">
                    {kind} {id}
                  </span>
                </span>
              </div>
              <p>
                <Told text={what} />
              </p>
              <p class="soft small">
                No bead waits for it yet. <Link page="agents">Agents</Link> has what can be done.
              </p>
            </li>
          ))}
        </ul>
      )}
      {(known?.more ?? 0) > 0 && <p class="soft small">And {known?.more} more.</p>}
    </Section>
  );
}

const NoBeads = () => (
  <>
    <p>There is no work yet. Press + to create a bead, or at a terminal:</p>
    <Command text={createBead()} />
  </>
);

/** As others stand beside it. */
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1).replace(/\.?$/, ".")}`;

function Item({ item }: { item: AttentionItem }) {
  const { target } = item;
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <State of="severity" is={item.severity} />
          <span class="strong">{item.kind.replaceAll("_", " ")}</span>
          {target.type === "bead" ? (
            <Link page="beads" id={target.id} class="id">
              {target.id}
            </Link>
          ) : (
            <span class="soft">
              {target.type} {target.id}
            </span>
          )}
        </span>
        <span class="soft small">
          {item.times > 1 && `${item.times} times, `}
          <When at={item.since} />
        </span>
      </div>
      <p>
        <Told text={item.what} />
      </p>
      <p class="soft small">
        <Told text={sentence(item.meanwhile)} />
        {item.nextAt && (
          <>
            {" "}
            Next by itself <When at={item.nextAt} isAhead />.
          </>
        )}
      </p>
      {hintOf(item.hint) && <p class="small">{hintOf(item.hint)}</p>}
      <div class="row">
        {item.verb && <Verb request={item.verb} />}
        {item.command && <Command text={commandAsTold(item.command)} />}
      </div>
    </li>
  );
}
