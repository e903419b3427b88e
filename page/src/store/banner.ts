/** The banner, by the model that all faces of the product share; how long it has been goes on in here. */
import { computed, signal } from "@preact/signals";
import { type Banner, bannerOf } from "../../../src/queries/health/banner.ts";
import { now } from "../clock.ts";
import { route } from "../route.ts";
import { health } from "./state.ts";

const key = () => `townkeeper.dismissed.${route.value.town}`;
const version = signal(0);

const dismissed = computed((): readonly string[] => {
  version.value;
  try {
    return JSON.parse(localStorage.getItem(key()) ?? "[]") as string[];
  } catch {
    return [];
  }
});

/** As many as there may be at a time, and some of before. */
const REMEMBERED = 20;

/** It stays away for as long as this very incident lasts: another, or an escalation of it, shows again. */
export function dismiss({ key: which }: Banner): void {
  localStorage.setItem(key(), JSON.stringify([which, ...dismissed.peek()].slice(0, REMEMBERED)));
  version.value++;
}

export const banner = computed((): Banner | null => {
  const known = health.value;
  if (!known?.banner || dismissed.value.includes(known.banner.key)) return null;
  if (known.banner.level !== "red") return known.banner;
  const completedAt = known.lastPollCompletedAt;
  const text = bannerOf(
    {
      stalled: { key: known.banner.key },
      lastPollCompletedAtMs: completedAt ? Date.parse(completedAt) : null,
      stuck: null,
    },
    now.value,
  )?.text;
  return { ...known.banner, text: text ?? known.banner.text };
});
