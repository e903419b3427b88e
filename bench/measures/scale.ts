/** Many towns with little to do, and one with very much; what the process weighs, and the disk. */
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { makeTown, type Quantiles, quantiles, withWorker } from "../town.ts";

const TOWNS = 1_000;
const BEADS = 100_000;
const BATCH = 200;
const A_SECOND = 1_000;

export interface Scale {
  /** A thousand towns, each with an agent and a bead that goes through its whole life. */
  towns: { count: number; closedPerSecond: number; workerdMb: number; kilobytesPerTown: number };
  /** One town with a hundred thousand beads, made a thousand a second while an agent works. */
  beads: {
    count: number;
    createdPerSecond: number;
    batchMs: Quantiles;
    closedMeanwhile: number;
    workerdMb: number;
    megabytesPer1000: number;
  };
}

export const measureScale = (): Promise<Scale> =>
  withWorker(async ({ api, host, state }) => {
    const before = sizeOf(state);
    const names = Array.from({ length: TOWNS }, (_, index) => `small-${index}`);
    for (const name of names) await makeTown(api, name);
    let left = TOWNS;
    let done = () => {};
    const over = new Promise<void>((resolve) => {
      done = resolve;
    });
    host.onHeard = ({ agent }) => {
      if (agent === null && --left === 0) done();
    };
    const startedMs = performance.now();
    for (const name of names) await api.createBeads(name, [{ rig: "lib", title: "the only one" }]);
    await over;
    const towns = {
      count: TOWNS,
      closedPerSecond: Math.round((TOWNS / (performance.now() - startedMs)) * 1_000),
      workerdMb: workerdMb(),
      kilobytesPerTown: Math.round((sizeOf(state) - before) / TOWNS / 1_024),
    };

    await makeTown(api, "large");
    let closedMeanwhile = 0;
    host.onHeard = ({ agent }) => {
      if (agent === null) closedMeanwhile++;
    };
    const times: number[] = [];
    const beganMs = performance.now();
    for (let made = 0; made < BEADS; made += BATCH) {
      const dueMs = beganMs + (made / A_SECOND) * 1_000;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, dueMs - performance.now())));
      const askedMs = performance.now();
      const beads = Array.from({ length: BATCH }, (_, i) => ({ rig: "lib", title: `bead ${made + i}` }));
      await api.createBeads("large", beads);
      times.push(performance.now() - askedMs);
    }
    const createdPerSecond = Math.round((BEADS / (performance.now() - beganMs)) * 1_000);
    const megabytesPer1000 = Math.round((largestOf(state) / (BEADS / 1_000) / 1_048_576) * 100) / 100;
    const counted = { createdPerSecond, batchMs: quantiles(times), closedMeanwhile };
    host.onOrder = () => "lives"; // enough
    return { towns, beads: { count: BEADS, ...counted, workerdMb: workerdMb(), megabytesPer1000 } };
  });

const sizesIn = (folder: string): number[] =>
  (readdirSync(folder, { recursive: true }) as string[])
    .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
    .map((found) => (found?.isFile() ? found.size : 0));

const sizeOf = (folder: string): number => sizesIn(folder).reduce((sum, size) => sum + size, 0);

/** The database of the one large town. */
const largestOf = (folder: string): number => Math.max(...sizesIn(folder));

/** Resident memory of the workerd processes below this one; NaN where there is no /proc. */
function workerdMb(): number {
  try {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((pid) => {
        try {
          const status = readFileSync(`/proc/${pid}/status`, "utf8");
          const value = (key: string) => new RegExp(`^${key}:\\s+(\\S+)`, "m").exec(status)?.[1] ?? "";
          return [{ pid, parent: value("PPid"), name: value("Name"), kilobytes: Number(value("VmRSS")) }];
        } catch {
          return []; // gone meanwhile
        }
      });
    const isOurs = (pid: string): boolean => {
      if (pid === String(process.pid)) return true;
      const parent = all.find((one) => one.pid === pid)?.parent;
      return parent !== undefined && parent !== "0" && isOurs(parent);
    };
    const ours = all.filter(({ pid, name }) => name.startsWith("workerd") && isOurs(pid));
    return Math.round(ours.reduce((sum, { kilobytes }) => sum + kilobytes, 0) / 1_024);
  } catch {
    return Number.NaN;
  }
}
