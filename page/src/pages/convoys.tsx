/** Batches of beads that belong together: which wait for which, and the path that decides how long it takes. */
import { signal, useSignal } from "@preact/signals";
import type { Convoy, ConvoySummary } from "../api.ts";
import { go, pathTo, route, townPath } from "../route.ts";
import { beads, convoys } from "../store/state.ts";
import { command } from "../terminal.ts";
import { Button } from "../ui/button.tsx";
import { ChangeMembers, CreateConvoy } from "../ui/convoy-dialogs.tsx";
import { Command } from "../ui/copy.tsx";
import { useAsk } from "../ui/hooks.ts";
import { BeadLink, Link } from "../ui/link.tsx";
import { Empty, Wrong } from "../ui/problem.tsx";
import { Removed, removedHere } from "../ui/remove.tsx";
import { Section } from "../ui/section.tsx";
import { State, toneOf } from "../ui/state.tsx";
import { When } from "../ui/time.tsx";
import { Words } from "../ui/told.tsx";
import { Verb } from "../ui/verb.tsx";

const isNew = signal(false);

export function ConvoysPage() {
  const { id } = route.value;
  if (id !== null) return <OneConvoy key={id} id={id} />;
  return (
    <>
      {isNew.value && (
        <CreateConvoy
          onClose={() => {
            isNew.value = false;
          }}
        />
      )}
      <div class="row apart">
        <h1>Convoys</h1>
        <Button
          needs={["beads:write"]}
          onClick={() => {
            isNew.value = true;
          }}
        >
          Create a convoy
        </Button>
      </div>
      {convoys.value.length === 0 ? (
        <Empty>
          <p>
            None yet. A convoy is a batch of beads that depend on one another, followed and, if it has a branch, landed
            together. Create one here, or at a terminal:
          </p>
          <Command text={command("convoy create --help")} />
        </Empty>
      ) : (
        <ul class="list">
          {convoys.value.map((convoy) => (
            <li key={convoy.id} class="item">
              <div class="row apart">
                <Link page="convoys" id={convoy.id} class="strong">
                  <Words of={convoy.title} />
                </Link>
                <span class="soft small">
                  {convoy.state}, begun <When at={convoy.createdAt} />
                </span>
              </div>
              <Progress convoy={convoy} />
            </li>
          ))}
        </ul>
      )}
      <Removed kinds={["convoy"]} />
    </>
  );
}

const PARTS = ["closed", "in_review", "in_progress", "failed"] as const;

function Progress({ convoy: { progress } }: { convoy: Pick<ConvoySummary, "progress"> }) {
  const { total, closed, percent, failed, in_progress, in_review } = progress;
  const underWay = in_progress + in_review;
  return (
    <>
      <div class="progress" role="img" aria-label={`${percent} percent`}>
        {PARTS.map((part) => (
          <span
            key={part}
            class={`bar ${toneOf("bead", part)}`}
            style={{ width: `${(100 * progress[part]) / Math.max(1, total)}%` }}
          />
        ))}
      </div>
      <p class="soft small">
        {closed} of {total} done
        {underWay > 0 && `, ${underWay} under way`}
        {failed > 0 && `, ${failed} parked`}
      </p>
    </>
  );
}

function OneConvoy({ id }: { id: string }) {
  const at = townPath(`/convoys/${encodeURIComponent(id)}`);
  const members = beads.value
    .filter(({ convoy }) => convoy === id)
    .map(({ id, status, agent }) => `${id}${status}${agent}`);
  const { value: convoy, problem } = useAsk<Convoy>(at, `${members}`);
  if (!convoy) return problem ? <Wrong problem={problem} /> : <p class="soft">Looking at {id} …</p>;
  return (
    <>
      <div class="verdict">
        <p class="row soft">
          <Link page="convoys">Convoys</Link>
          <span class="id">{convoy.id}</span>
          <span>{convoy.state}</span>
          {convoy.branch && (
            <span>
              lands on <code>{convoy.branch}</code>
            </span>
          )}
        </p>
        <h1>
          <Words of={convoy.title} />
        </h1>
        <Progress convoy={convoy} />
      </div>
      <Verbs convoy={convoy} at={at} />
      {convoy.stages.length > 0 && (
        <Section title="What waits for what" aside="the path that decides how long it takes is marked">
          <Graph convoy={convoy} />
        </Section>
      )}
      <Section title="The same as a table">
        <Table convoy={convoy} />
      </Section>
    </>
  );
}

function Verbs({ convoy, at }: { convoy: Convoy; at: string }) {
  const changes = useSignal(false);
  const { id, state } = convoy;
  if (convoy.closedAt !== null)
    return (
      <div class="row">
        <Verb
          request={{ method: "DELETE", path: at }}
          label="Remove it from the list"
          sure={`Remove convoy ${id}? Its beads stay, and it can be brought back.`}
          onDone={() => {
            removedHere("convoy", id);
            go(pathTo("convoys"));
          }}
        />
      </div>
    );
  return (
    <div class="row">
      {state === "held" ? (
        <Verb key="start" request={{ method: "POST", path: `${at}/start` }} label="Start it" icon="run" kind="main" />
      ) : (
        <Verb
          key="hold"
          request={{ method: "POST", path: `${at}/hold`, body: { reason: "held from the page" } }}
          label="Hold it"
          icon="pause"
        />
      )}
      <Button
        needs={["beads:write"]}
        onClick={() => {
          changes.value = true;
        }}
      >
        Change its members
      </Button>
      <Verb
        request={{ method: "POST", path: `${at}/cancel`, body: { reason: "cancelled from the page" } }}
        label="Cancel it"
        kind="danger"
        sure={`Cancel convoy ${id} with all of it that is not over?`}
      />
      {changes.value && (
        <ChangeMembers
          convoy={convoy}
          onClose={() => {
            changes.value = false;
          }}
        />
      )}
    </div>
  );
}

const WIDTH = 168;
const HEIGHT = 40;
const ACROSS = 226;
const DOWN = 54;

/** In layers: each is what can run side by side. */
function Graph({ convoy }: { convoy: Convoy }) {
  const { stages, members, criticalPath, waiting } = convoy;
  const place = new Map(
    stages.flatMap((stage, x) => stage.map((id, y) => [id, { x: x * ACROSS, y: y * DOWN }] as const)),
  );
  const critical = new Set(criticalPath);
  const lines = waiting.flatMap(({ id, for: others }) => others.map((other) => [other, id] as const));
  const along = criticalPath.slice(1).map((id, index) => [criticalPath[index] ?? "", id] as const);
  const tall = Math.max(...stages.map(({ length }) => length)) * DOWN - (DOWN - HEIGHT);
  return (
    <div class="scroll graph">
      <svg width={stages.length * ACROSS - (ACROSS - WIDTH)} height={tall} class="convoy">
        <title>Members by what they wait for; the table below says the same</title>
        {[...new Map([...lines, ...along].map((line) => [line.join(" "), line])).values()].map(([from, to]) => {
          const a = place.get(from);
          const b = place.get(to);
          if (!a || !b) return null;
          const isCritical = critical.has(from) && critical.has(to);
          const [x1, y1, x2, y2] = [a.x + WIDTH, a.y + HEIGHT / 2, b.x, b.y + HEIGHT / 2];
          return (
            <path
              key={`${from} ${to}`}
              class={`line ${isCritical ? "critical" : ""}`}
              d={`M${x1} ${y1}C${x1 + 28} ${y1} ${x2 - 28} ${y2} ${x2} ${y2}`}
            />
          );
        })}
        {members.map(({ id, title, status }) => {
          const at = place.get(id);
          if (!at) return null;
          return (
            <foreignObject key={id} x={at.x} y={at.y} width={WIDTH} height={HEIGHT}>
              <Link page="beads" id={id} class={`node ${critical.has(id) ? "critical" : ""}`}>
                <State of="bead" is={status} /> <span class="id">{id}</span>
                <span class="name">
                  <Words of={title} />
                </span>
              </Link>
            </foreignObject>
          );
        })}
      </svg>
    </div>
  );
}

function Table({ convoy }: { convoy: Convoy }) {
  const waits = new Map(convoy.waiting.map((one) => [one.id, one]));
  return (
    <div class="scroll">
      <table>
        <caption class="hidden">Members of {convoy.title}</caption>
        <thead>
          <tr>
            <th>bead</th>
            <th>state</th>
            <th>title</th>
            <th>agent</th>
            <th class="number">wave</th>
            <th>waits for</th>
          </tr>
        </thead>
        <tbody>
          {convoy.members.map(({ id, title, status, agent, wave }) => (
            <tr key={id}>
              <td>
                <BeadLink id={id} />
              </td>
              <td>
                <State of="bead" is={status} />
              </td>
              <td>
                <Words of={title} />
              </td>
              <td>{agent}</td>
              <td class="number">{wave}</td>
              <td>{waits.get(id)?.held ? "it is held" : waits.get(id)?.for.join(", ")}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
