/** What the loop does: its ticks, what each did and refused, what would come next, and when it was not well. */
import { useSignal } from "@preact/signals";
import type { Incident, Tick } from "../api.ts";
import { fine } from "../clock.ts";
import { go, pathTo, route, townPath } from "../route.ts";
import { incidents, ticks } from "../store/state.ts";
import { Beats, Heartbeat, outcomeOf } from "../ui/heart.tsx";
import { Link } from "../ui/link.tsx";
import { NextPass } from "../ui/next-pass.tsx";
import { Empty } from "../ui/problem.tsx";
import { Section } from "../ui/section.tsx";
import { Chip, State, type Tone } from "../ui/state.tsx";
import { At, Since, When } from "../ui/time.tsx";
import { Told } from "../ui/told.tsx";
import { Verb } from "../ui/verb.tsx";

const SHOWN = 40;

export function LoopPage() {
  const { id } = route.value;
  const tick = ticks.value.find((one) => String(one.tick) === id);
  return (
    <>
      <div class="row apart">
        <h1>Loop</h1>
        <Verb
          request={{ method: "POST", path: townPath("/reconcile"), body: {} }}
          label="Look at everything now"
          icon="spin"
        />
      </div>
      <Section title="Heartbeat" aside={<Beats />}>
        {ticks.value.length > 0 ? (
          <Heartbeat />
        ) : (
          <Empty>No tick yet. The loop wakes as soon as there is something to do.</Empty>
        )}
      </Section>
      {id !== null &&
        (tick ? <OneTick tick={tick} /> : <Empty>Tick {id} is not among the newest that are known here.</Empty>)}
      <NextPass />
      <Incidents />
      <Ticks />
    </>
  );
}

const OUTCOMES: Record<string, Tone> = { applied: "ok", stale: "quiet", failed: "bad", held: "warn" };

function OneTick({ tick }: { tick: Tick }) {
  const { words } = outcomeOf(tick);
  return (
    <Section title={`Tick ${tick.tick}`} aside={words}>
      <dl class="facts">
        <dt>began</dt>
        <dd>
          <At at={tick.startedAt} />, <When at={tick.startedAt} />
        </dd>
        <dt>took</dt>
        <dd>{tick.durationMs === null ? "it has not completed" : fine(tick.durationMs)}</dd>
        <dt>late by</dt>
        <dd>{tick.latenessMs === null ? "it was not waited for" : fine(tick.latenessMs)}</dd>
        <dt>heard</dt>
        <dd>{namesOf(tick.facts) || "nothing"}</dd>
        <dt>rows</dt>
        <dd>
          {tick.rowsRead} read, {tick.rowsWritten} written
        </dd>
        {tick.error && (
          <>
            <dt>failed</dt>
            <dd class="bad">{tick.error}</dd>
          </>
        )}
      </dl>
      {tick.actions.length > 0 && (
        <div class="scroll">
          <table>
            <caption class="hidden">Actions of tick {tick.tick}</caption>
            <thead>
              <tr>
                <th>action</th>
                <th>about</th>
                <th>outcome</th>
                <th>why</th>
              </tr>
            </thead>
            <tbody>
              {tick.actions.map(({ action, target, outcome, why }) => (
                <tr key={`${action} ${target}`}>
                  <td>{action.replaceAll("_", " ")}</td>
                  <td>{target}</td>
                  <td>
                    <Chip
                      icon={outcome === "applied" ? "check" : outcome === "failed" ? "cross" : "clock"}
                      tone={OUTCOMES[outcome] ?? "quiet"}
                    >
                      {outcome}
                    </Chip>
                  </td>
                  <td>{why}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {tick.settled.length + tick.launched.length > 0 && (
        <p class="small">
          {tick.launched.length > 0 && <>Launched {tick.launched.map(launchedWords).join(", ")}. </>}
          {tick.settled.length > 0 && (
            <>Settled {tick.settled.map((effect) => `${fenceWords(effect)}: ${effect.outcome}`).join(", ")}.</>
          )}
        </p>
      )}
    </Section>
  );
}

const namesOf = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .map(([name, count]) => `${count} × ${name.replaceAll("_", " ")}`)
    .join(", ");

function Incidents() {
  const { value: all } = incidents;
  return (
    <Section
      title="Incidents"
      aside={all.length > 0 ? `${all.filter(({ closedAt }) => closedAt === null).length} open` : null}
    >
      {all.length === 0 ? (
        <Empty>None so far: the loop has ticked, and what it did has come to something.</Empty>
      ) : (
        <ul class="list">
          {all.map((incident) => (
            <OneIncident key={incident.id} incident={incident} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function OneIncident({ incident }: { incident: Incident }) {
  const isOpen = incident.closedAt === null;
  return (
    <li class="item">
      <div class="row apart">
        <span class="row">
          <Chip icon={isOpen ? "alert" : "check"} tone={isOpen ? "bad" : "quiet"}>
            {incident.kind.replaceAll("_", " ")}
          </Chip>
          <span>
            <Told text={incident.cause} />
          </span>
        </span>
        <span class="soft small">
          <When at={incident.openedAt} />, {isOpen ? "for" : "lasted"}{" "}
          <Since at={incident.openedAt} until={incident.closedAt} />
        </span>
      </div>
      {isOpen ? (
        <p class="soft small">{incident.hint}</p>
      ) : (
        incident.healedBy && <p class="soft small">Ended by {incident.healedBy}.</p>
      )}
    </li>
  );
}

function Ticks() {
  const isWhole = useSignal(false);
  const shown = isWhole.value ? ticks.value : ticks.value.slice(0, SHOWN);
  if (shown.length === 0) return null;
  return (
    <Section title="Ticks">
      <div class="scroll">
        <table>
          <caption class="hidden">The newest ticks</caption>
          <thead>
            <tr>
              <th>tick</th>
              <th>began</th>
              <th class="number">took</th>
              <th>heard</th>
              <th>did</th>
              <th class="number">rows</th>
            </tr>
          </thead>
          <tbody>
            {shown.map((tick) => (
              <tr key={tick.tick} aria-current={String(tick.tick) === route.value.id ? "true" : undefined}>
                <td>
                  <Link page="loop" id={tick.tick}>
                    {tick.tick}
                  </Link>
                </td>
                <td class="nowrap">
                  <At at={tick.startedAt} />
                </td>
                <td class="number">
                  {tick.durationMs === null ? <State of="attempt" is="running" /> : fine(tick.durationMs)}
                </td>
                <td>{namesOf(tick.facts)}</td>
                <td class={outcomeOf(tick).tone}>{didOf(tick)}</td>
                <td class="number soft">
                  {tick.rowsRead} / {tick.rowsWritten}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < ticks.value.length && (
        <div class="row">
          <button
            type="button"
            class="button"
            onClick={() => {
              isWhole.value = true;
            }}
          >
            {ticks.value.length - shown.length} more
          </button>
          {route.value.id && (
            <button type="button" class="button" onClick={() => go(pathTo("loop"))}>
              No tick in particular
            </button>
          )}
        </div>
      )}
    </Section>
  );
}

type Effect = Pick<Tick["settled"][number], "action" | "fence">;

const actionWords = ({ action }: Effect): string => action.replaceAll("_", " ");
/** What a webhook is told is about no attempt, and has no fence. */
const fenceWords = (effect: Effect): string => (effect.fence > 0 ? `fence ${effect.fence}` : actionWords(effect));
const launchedWords = (effect: Effect): string =>
  effect.fence > 0 ? `${actionWords(effect)} (fence ${effect.fence})` : actionWords(effect);

const didOf = (tick: Tick): string =>
  tick.error ??
  [
    ...tick.actions.map(
      ({ action, target, outcome }) =>
        `${action.replaceAll("_", " ")} ${target}${outcome === "applied" ? "" : ` (${outcome})`}`,
    ),
    ...tick.settled
      .filter(({ outcome }) => outcome !== "accepted")
      .map(({ fence, outcome }) => (fence > 0 ? `fence ${fence} ${outcome}, rolled back` : "not delivered")),
  ].join(", ");
