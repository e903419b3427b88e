import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { calm } from "./parts/calm.ts";
import type { Figures, Part } from "./parts/part.ts";
import { Stage } from "./stage.ts";
import type { Watched } from "./watch.ts";

export interface Size {
  parts: readonly Part[];
  sample: boolean;
  /** Nothing is warmed up before, so memory is not compared. */
  cold?: boolean;
  tries: number;
  healthMs: number;
  keep?: boolean;
  say: (line: string) => void;
}

export interface Result {
  parts: { name: string; seconds: number; shapes: number; figures: Figures }[];
  watched: Watched;
  growth: { town: string; bytes: number; usefulBytes: number }[];
  breaches: string[];
}

/** What memory may rise by in one part, from towns that are calm; of all processes of workerd together. */
const MAX_MORE_MB = 100;
/** In all of it. Each town takes some, and where nothing was warmed up a server grows with what it is asked. */
const MAX_MORE_IN_ALL_MB = 400;
const MAX_GROWTH = 10;
/** Tables and indexes without a row. */
const EMPTY_BYTES = 400_000;
/** Fewer answers have no percentile worth the name. */
const LEAST_POLLS = 100;

/** Tries all parts against one town after the other, in one server. Ends all that it began. */
export async function lie({ parts, sample, cold = false, tries, healthMs, keep = false, say }: Size): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-liar-"));
  const stage = new Stage(folder);
  const results: Result["parts"] = [];
  const isWarm = !sample && !cold;
  try {
    await stage.open();
    await calm(stage, isWarm);
    const one = async (part: Part) => {
      const startedMs = performance.now();
      stage.watch.begins();
      const { shapes, figures } = await part.run(stage, { sample, tries }).catch((error: unknown) => {
        stage.breach(`${part.name}: the test itself broke: ${error instanceof Error ? error.stack : error}`);
        return { shapes: 0, figures: {} };
      });
      const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
      const { rss } = await stage.watch.sofar();
      results.push({ name: part.name, seconds, shapes, figures: { ...figures, "memory rose by, MB": rss.rise } });
      if (isWarm && rss.rise > MAX_MORE_MB) stage.breach(`${part.name}: memory rose by ${rss.rise} MB`);
      say(`${part.name}: ${shapes} in ${seconds} s; breaches so far: ${stage.breaches.length}`);
    };
    // A sample is a matter of a minute, and most of a story is waiting; what is measured wants the machine for itself.
    const mayMeet = ({ alone }: Part) => sample && !alone;
    for (const part of parts.filter((each) => !mayMeet(each))) await one(part);
    await Promise.all(parts.filter(mayMeet).map(one));
    const watched = await stage.watch.sofar();
    await stage.close();
    const growth = stage.growth();
    judge(stage, { watched, growth, healthMs, moreMb: MAX_MORE_IN_ALL_MB });
    return { parts: results, watched, growth, breaches: stage.breaches };
  } finally {
    await stage.close();
    if (keep) say(`kept ${folder}`);
    else rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function judge(
  stage: Stage,
  { watched, growth, healthMs, moreMb }: Pick<Result, "watched" | "growth"> & { healthMs: number; moreMb: number },
): void {
  const { health, rss } = watched;
  for (const breach of watched.breaches) stage.breach(breach);
  if (health.n >= LEAST_POLLS && health.p99 > healthMs)
    stage.breach(`health: the 99th percentile is ${health.p99.toFixed(0)} ms, where ${healthMs} will do`);
  if (rss.peak > rss.calm + moreMb)
    stage.breach(`memory: ${rss.peak} MB at the most, where ${rss.calm} + ${moreMb} will do`);
  for (const { town, bytes, usefulBytes } of growth)
    if (bytes > EMPTY_BYTES + MAX_GROWTH * usefulBytes)
      stage.breach(`${town}: its state has ${bytes} bytes for ${usefulBytes} that were usefully sent`);
}
