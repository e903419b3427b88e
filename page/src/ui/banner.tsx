/** What must be known at the top of every page: that nothing is known, else that the loop is wedged, else that the queue is stuck. */
import { useComputed } from "@preact/signals";
import { clockTime } from "../clock.ts";
import { banner, dismiss } from "../store/banner.ts";
import { link } from "../store/state.ts";
import { Icon } from "./icon.tsx";
import { Since } from "./time.tsx";

export function Banner() {
  const { value: connection } = link;
  const { value: shown } = banner;
  return (
    <>
      <Announcement />
      {connection.state === "lost" && (
        <div class="banner lost">
          <Icon name="unknown" />
          <p>
            <span>
              Unknown since {clockTime(connection.sinceMs)} (<Since at={connection.sinceMs} />
              ). {connection.why.message} What is shown is what was so then; this page tries again by itself.{" "}
              <code>{connection.why.code}</code>
            </span>
          </p>
        </div>
      )}
      {shown && (
        <div class={`banner ${shown.level}`}>
          <Icon name="alert" />
          <p>{shown.text}</p>
          <button type="button" class="button" onClick={() => dismiss(shown)}>
            Dismiss
          </button>
        </div>
      )}
    </>
  );
}

/** Said once for each change: how long it has been is left out. */
function Announcement() {
  const words = useComputed(() => {
    if (link.value.state === "lost") return "The connection to the town is lost. What is shown may not be so any more.";
    const level = banner.value?.level;
    if (level === "red") return "The dispatch loop is wedged.";
    return level === "amber" ? "Dispatch is stuck." : "";
  });
  return (
    <div class="hidden" aria-live="polite" role="status">
      {words}
    </div>
  );
}
