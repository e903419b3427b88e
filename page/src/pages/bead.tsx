/** One bead: why it is where it is, first; then its life, what it printed, and what can be done to it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Attempt, BeadDetail, Explanation, Moment } from "../api.ts";
import { fine } from "../clock.ts";
import { route, townPath } from "../route.ts";
import { attemptOf, beadOf } from "../store/state.ts";
import { commandAsTold } from "../terminal.ts";
import { BeadVerbs } from "../ui/bead-verbs.tsx";
import { Changes } from "../ui/changes.tsx";
import { Command } from "../ui/copy.tsx";
import { useAsk } from "../ui/hooks.ts";
import { Icon } from "../ui/icon.tsx";
import { BeadLink, Link } from "../ui/link.tsx";
import { useLog } from "../ui/log.ts";
import { Notes } from "../ui/notes.tsx";
import { Printed } from "../ui/printed.tsx";
import { Wrong } from "../ui/problem.tsx";
import { Prompt } from "../ui/prompt.tsx";
import { Section } from "../ui/section.tsx";
import { State } from "../ui/state.tsx";
import { Since, When } from "../ui/time.tsx";
import { Told, visible, Words } from "../ui/told.tsx";
import { requestIn, Verb } from "../ui/verb.tsx";
import { Waterfall } from "../ui/waterfall.tsx";

type Timeline = { items: Moment[]; nextCursor: string | null };

export function BeadPage() {
  const id = route.value.id ?? "";
  const at = townPath(`/beads/${encodeURIComponent(id)}`);
  const known = beadOf.value.get(id) ?? null;
  const attempt = attemptOf.value.get(known?.fence ?? -1);
  const mark = `${known?.updatedAt} ${known?.status} ${known?.fence} ${attempt?.state} ${known?.blockedBy}`;
  const detail = useAsk<BeadDetail>(at, mark);
  const explained = useAsk<Explanation>(`${at}/explain`, mark);
  const timeline = useAsk<Timeline>(`${at}/timeline?limit=200`, mark);
  const bead = detail.value;
  if (!bead) return detail.problem ? <Wrong problem={detail.problem} /> : <p class="soft">Looking at {id} …</p>;
  return (
    <>
      <div class="verdict">
        <p class="row soft">
          <BeadLink id={bead.id} />
          <State of="bead" is={bead.status} />
          <span>
            of {bead.rig}, {bead.type}, priority {bead.priority}
          </span>
          {bead.convoy && (
            <Link page="convoys" id={bead.convoy}>
              convoy {bead.convoy}
            </Link>
          )}
        </p>
        <h1>
          <Words of={bead.title} />
        </h1>
      </div>
      {explained.problem && <Wrong problem={explained.problem} />}
      {explained.value && <Explained explained={explained.value} />}
      <BeadVerbs bead={bead} />
      <div class="columns">
        <div class="stack">
          <Section title="Its life">
            <Waterfall moments={(timeline.value?.items ?? []).toReversed()} />
          </Section>
          <Changes bead={bead} attempts={bead.attempts} />
          <Logs attempts={bead.attempts} />
        </div>
        <About bead={bead} />
      </div>
    </>
  );
}

const isLanding = (summary: string): boolean => summary.startsWith("It is landing");

function Explained({ explained }: { explained: Explanation }) {
  const { summary, gates, nextLookAt, unblock, lastTry } = explained;
  const shut = gates.filter(({ ok }) => !ok);
  const request = requestIn(unblock?.request ?? null);
  return (
    <div class="explained">
      <p class="strong">
        <Told text={summary.replace(/ as fence (\d+)\.$/, isLanding(summary) ? ", landing $1." : ", run $1.")} />
      </p>
      {shut.length > 0 && (
        <ol class="gates">
          {shut.map(({ gate, why, until }) => (
            <li key={gate} class="row">
              <Icon name="lock" />
              <span class="soft">{gate.replaceAll("_", " ")}</span>
              <span>
                <Told text={why ?? ""} />
              </span>
              {until && (
                <span class="soft">
                  opens <When at={until} isAhead />
                </span>
              )}
            </li>
          ))}
        </ol>
      )}
      {unblock && (
        <div class="row">
          {request && <Verb request={request} kind="main" />}
          <span>
            <Told text={unblock.what} />
          </span>
          {unblock.command && <Command text={commandAsTold(unblock.command)} />}
        </div>
      )}
      {nextLookAt && (
        <p class="soft small">
          The town looks at it again <When at={nextLookAt} isAhead />.
        </p>
      )}
      {lastTry && lastTry.tail !== "" && (
        <details>
          <summary class="soft small">
            How the output of {lastTry.kind} {lastTry.fence} ended
          </summary>
          <pre class="printed">{visible(lastTry.tail)}</pre>
        </details>
      )}
    </div>
  );
}

/** What is kept of what a try printed: the newest first, the others on request. */
function Logs({ attempts }: { attempts: readonly Attempt[] }) {
  const chosen = useSignal<number | null>(null);
  /** So many of the newest have printed nothing. Where none has, the newest is shown. */
  const silent = useSignal(0);
  const fence = chosen.value ?? (attempts[silent.value] ?? attempts[0])?.fence ?? null;
  const attempt = attempts.find((one) => one.fence === fence);
  const isLive = attempt !== undefined && attempt.endedAt === null;
  const log = useLog(fence);
  useEffect(() => {
    if (
      chosen.peek() === null &&
      log.fence === fence &&
      log.isOver &&
      log.text === "" &&
      silent.peek() < attempts.length
    )
      silent.value++;
  }, [log.fence, log.isOver]);
  // What begins meanwhile is the newest then.
  useEffect(() => {
    silent.value = 0;
  }, [attempts[0]?.fence]);
  if (fence === null) return null;
  return (
    <Section
      title="What it printed"
      aside={
        <span class="row">
          {attempts.map((one) => (
            <button
              key={one.fence}
              type="button"
              class="button"
              aria-pressed={one.fence === fence}
              onClick={() => {
                chosen.value = one.fence;
              }}
            >
              {one.kind} {one.fence}
            </button>
          ))}
        </span>
      }
    >
      {log.problem && <Wrong problem={log.problem} />}
      {log.hasGap && <p class="soft small">What it printed before this is not kept here.</p>}
      {log.text === "" ? (
        <p class="soft">{isLive ? "Nothing yet." : "Nothing, or nothing that is kept still."}</p>
      ) : (
        <Printed text={log.text} />
      )}
      {attempt?.kind === "run" && <Prompt key={fence} fence={fence} />}
    </Section>
  );
}

function About({ bead }: { bead: BeadDetail }) {
  return (
    <div class="stack">
      <Section title="What is to be done">
        <p class="body">{bead.body ? <Words of={bead.body} /> : <span class="soft">No more than its title.</span>}</p>
        {bead.acceptance && (
          <>
            <h3>It is done when</h3>
            <p class="body">
              <Words of={bead.acceptance} />
            </p>
          </>
        )}
      </Section>
      <Section title="About it">
        <Facts bead={bead} />
      </Section>
      <Notes of={bead.notes} />
    </div>
  );
}

function Facts({ bead }: { bead: BeadDetail }) {
  const { usage, startedAt, endedAt } = bead.attempts[0] ?? { usage: null, startedAt: null, endedAt: null };
  return (
    <dl class="facts">
      <dt>created</dt>
      <dd>
        <When at={bead.createdAt} />
      </dd>
      <dt>tries</dt>
      <dd>
        {bead.failures} failed, {bead.reworks} came back
      </dd>
      {bead.dependsOn.length > 0 && (
        <>
          <dt>waits for</dt>
          <dd class="row">
            {bead.dependsOn.map(({ id }) => (
              <BeadLink key={id} id={id} />
            ))}
          </dd>
        </>
      )}
      {bead.blocks.length > 0 && (
        <>
          <dt>keeps waiting</dt>
          <dd class="row">
            {bead.blocks.map(({ id }) => (
              <BeadLink key={id} id={id} />
            ))}
          </dd>
        </>
      )}
      {startedAt && (
        <>
          <dt>newest try</dt>
          <dd>
            <Since at={startedAt} until={endedAt} />
            {usage && `, ${usage.inputTokens} tokens in, ${usage.outputTokens} out`}
            {usage?.costUsd != null && `, $${usage.costUsd.toFixed(2)}`}
          </dd>
        </>
      )}
      {bead.branch && (
        <>
          <dt>branch</dt>
          <dd>
            <code>{bead.branch}</code>
          </dd>
        </>
      )}
      {bead.head && (
        <>
          <dt>commit</dt>
          <dd>
            <Command text={`git show ${bead.head.slice(0, 12)}`} />
          </dd>
        </>
      )}
      {bead.labels.length > 0 && (
        <>
          <dt>labels</dt>
          <dd>{bead.labels.join(", ")}</dd>
        </>
      )}
      {bead.closedAt && (
        <>
          <dt>from first to last</dt>
          <dd>{fine(Date.parse(bead.closedAt) - Date.parse(bead.createdAt ?? ""))}</dd>
        </>
      )}
    </dl>
  );
}
