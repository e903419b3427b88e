/** The page of a town. Only composes. */
import { effect } from "@preact/signals";
import { render } from "preact";
import { AgentsPage } from "./pages/agents.tsx";
import { BeadPage } from "./pages/bead.tsx";
import { BoardPage } from "./pages/board.tsx";
import { LoopPage } from "./pages/loop.tsx";
import { NowPage } from "./pages/now.tsx";
import { go, type PageName, pathTo, route } from "./route.ts";
import { beginSession, token } from "./session.ts";
import { follow } from "./store/source.ts";
import { Shell } from "./ui/shell.tsx";
import { ChooseTown, SignIn } from "./ui/sign-in.tsx";

const VIEWS: Partial<Record<PageName, () => preact.JSX.Element>> = {
  now: NowPage,
  board: BoardPage,
  beads: BeadPage,
  loop: LoopPage,
  agents: AgentsPage,
};

function App() {
  if (token.value === null) return <SignIn />;
  const { town, page } = route.value;
  if (town === null) return <ChooseTown onChoose={(name) => go(pathTo("now", undefined, name))} />;
  const View = VIEWS[page] ?? NowPage;
  return (
    <Shell create={() => undefined}>
      <View />
    </Shell>
  );
}

beginSession();
effect(() => {
  const { town } = route.value;
  if (town !== null && token.value !== null) return follow(town);
  return undefined;
});
render(<App />, document.getElementById("page") as HTMLElement);
