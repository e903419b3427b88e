/** The page of a town. Only composes. */
import { computed, effect } from "@preact/signals";
import { render } from "preact";
import { get, type Token } from "./api.ts";
import { AgentsPage } from "./pages/agents.tsx";
import { BeadPage } from "./pages/bead.tsx";
import { BoardPage } from "./pages/board.tsx";
import { LoopPage } from "./pages/loop.tsx";
import { NowPage } from "./pages/now.tsx";
import { go, type PageName, pathTo, route } from "./route.ts";
import { self } from "./scopes.ts";
import { beginSession, isSettled, token } from "./session.ts";
import { follow } from "./store/source.ts";
import { link } from "./store/state.ts";
import { watchHealth } from "./store/watch.ts";
import { CreateBead, createBead } from "./ui/create-bead.tsx";
import { later } from "./ui/later.tsx";
import { Guarded, NoPage } from "./ui/no-page.tsx";
import { Shell } from "./ui/shell.tsx";
import { ChooseTown, SignIn } from "./ui/sign-in.tsx";

const VIEWS: Record<PageName, preact.ComponentType> = {
  now: NowPage,
  board: BoardPage,
  beads: BeadPage,
  loop: LoopPage,
  agents: AgentsPage,
  review: later(async () => (await import("./pages/review.tsx")).ReviewPage),
  convoys: later(async () => (await import("./pages/convoys.tsx")).ConvoysPage),
  settings: later(async () => (await import("./pages/settings.tsx")).SettingsPage),
};

function App() {
  if (token.value === null) return <SignIn />;
  const { town, page, id, fault } = route.value;
  if (fault !== null) return <NoPage />;
  if (town === null) return <ChooseTown onChoose={(name) => go(pathTo("now", undefined, name))} />;
  const View = VIEWS[page];
  return (
    <Shell create={createBead}>
      <Guarded of={`${page} ${id}`}>
        <View />
      </Guarded>
      <CreateBead />
    </Shell>
  );
}

performance.mark("townkeeper: begins");
beginSession();
const isLive = computed(() => link.value.state === "live");
const followed = computed(() => (token.value === null || route.value.fault !== null ? null : route.value.town));
// A token that takes the place of another is no reason to begin anew.
effect(() => {
  const { value: town } = followed;
  if (town === null) return undefined;
  const leave = [follow(town), watchHealth()];
  return () => {
    for (const each of leave) each();
  };
});
effect(() => {
  if (token.value === null) self.value = null;
  if (!isSettled.value || token.value === null || !isLive.value) return undefined;
  const leaving = new AbortController();
  // Without it buttons are as for who may do everything, and the town refuses.
  get<Token>("/v1/tokens/self", leaving.signal).then(
    (known) => {
      self.value = known;
    },
    () => undefined,
  );
  return () => leaving.abort();
});
render(<App />, document.getElementById("page") as HTMLElement);
