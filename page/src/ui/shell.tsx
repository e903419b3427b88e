/** What stands around every page. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { route } from "../route.ts";
import { lacks, self } from "../scopes.ts";
import { attention, beads, health, link, snapshot, town, unknownSinceMs } from "../store/state.ts";
import { Banner } from "./banner.tsx";
import { Button } from "./button.tsx";
import { Icon } from "./icon.tsx";
import { Help, helpIsOpen, pressedBy, useKeys } from "./keys.tsx";
import { Link } from "./link.tsx";
import { Pause } from "./pause.tsx";
import { Empty, Wrong } from "./problem.tsx";
import { Chip, State } from "./state.tsx";
import { TimesAre } from "./time.tsx";

const NAV = [
  ["now", "Now"],
  ["board", "Board"],
  ["review", "Review"],
  ["loop", "Loop"],
  ["agents", "Agents"],
  ["convoys", "Convoys"],
  ["settings", "Settings"],
] as const;

export function Shell({ children, create }: { children: ComponentChildren; create: () => void }) {
  useKeys();
  useTitle();
  const isUnknown = unknownSinceMs.value !== null;
  return (
    <div class={isUnknown ? "unknown" : ""}>
      <a class="hidden" href="#main">
        To the content
      </a>
      <header class="top">
        <div class="brand">
          <a href="/">Townkeeper</a>
          <span class="soft">{route.value.town}</span>
        </div>
        <Nav />
        <div class="end">
          <Verdict />
          <Button needs={["beads:write"]} onClick={create} name="Create a bead" press="+">
            <Icon name="plus" />
            Bead
          </Button>
          <Pause />
          <button
            type="button"
            class="button keys"
            aria-label="Keys"
            onClick={() => {
              helpIsOpen.value = true;
            }}
            {...pressedBy("?")}
          >
            ?
          </button>
        </div>
      </header>
      <Banner />
      <main id="main" class={`page${route.value.page === "board" ? " wide" : ""}`}>
        <Lacks />
        <Known>{children}</Known>
      </main>
      <footer class="foot">
        <TimesAre />
      </footer>
      <Help />
    </div>
  );
}

/** Said once, for who sees what can't be pressed and has no pointer to ask each with. */
const Lacks = () =>
  lacks.value.length > 0 ? (
    <p class="soft small">
      This tab is signed in as {self.value?.name}, which lacks {lacks.value.join(", ")}: what takes that can't be
      pressed here.
    </p>
  ) : null;

/** A page is shown as soon as anything is known; until then, what is the matter. */
function Known({ children }: { children: ComponentChildren }) {
  if (snapshot.value) return <>{children}</>;
  const { value: connection } = link;
  if (connection.state !== "lost") return <p class="soft">Looking at the town …</p>;
  return (
    <>
      <h1>Unavailable</h1>
      <Wrong problem={connection.why} />
      <Empty>Nothing is known of this town yet. This page tries again by itself.</Empty>
    </>
  );
}

function Nav() {
  const { page } = route.value;
  const critical = attention.value?.items.filter(({ severity }) => severity !== "notice").length ?? 0;
  const review = beads.value.filter(({ status }) => status === "failed").length;
  const counts: Record<string, number> = { now: critical, review };
  return (
    <nav class="nav" aria-label="Pages">
      {NAV.map(([name, word]) => (
        <Link key={name} page={name} current={page === name || (name === "board" && page === "beads")}>
          {word}
          {(counts[name] ?? 0) > 0 && (
            <span class="count">
              {counts[name]}
              <span class="hidden"> {name === "now" ? "need attention" : "wait for a person"}</span>
            </span>
          )}
        </Link>
      ))}
    </nav>
  );
}

/** Never a colour of health while nothing is known. */
function Verdict() {
  if (unknownSinceMs.value !== null || !health.value)
    return (
      <Chip icon="unknown" tone="unknown">
        unknown
      </Chip>
    );
  return <State of="verdict" is={health.value.verdict} />;
}

function useTitle(): void {
  const verdict = unknownSinceMs.value === null ? health.value?.verdict : "unknown";
  const name = town.value?.name ?? route.value.town;
  useEffect(() => {
    document.title = [verdict, name, "Townkeeper"].filter(Boolean).join(" · ");
  }, [verdict, name]);
}
