/** Every `GET` of a town with a long history: how long it takes over real HTTP, and how many rows it reads. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { repoRoot } from "../../cli/paths.ts";
import type { FullTown, Stirred } from "../counters/costs.ts";
import { type Contract, getsOf } from "../counters/gets.ts";
import { type Quantiles, quantiles } from "../town.ts";
import { withCounters } from "./counters.ts";

const WARM_UP = 3;
const OPEN = 10_000;

interface Read extends Quantiles {
  rows: number;
  /** How often the town is asked for it: a whole export is had from it page by page. */
  questions: number;
}

export type Reads = Record<string, Read>;

export const measureReads = (closed: number, n: number): Promise<Reads> =>
  withCounters(async (ask, url) => {
    const town = await ask<FullTown>(`/full?history=${closed}&open=${OPEN}`);
    const contract = JSON.parse(readFileSync(join(repoRoot, "openapi.json"), "utf8")) as Contract;
    const reads: Reads = {};
    for (const { name, path } of getsOf(contract, town)) {
      const get = async (): Promise<void> => {
        const response = await fetch(url + path, { headers: { authorization: "Bearer bench" } });
        const text = await response.text();
        if (!response.ok) throw new Error(`GET ${name}: ${text}`);
      };
      await get();
      await ask<Stirred>(`/stirred?town=${town.town}`);
      await get();
      const { read: rows, requests: questions } = await ask<Stirred>(`/stirred?town=${town.town}`);
      const times: number[] = [];
      for (let i = 0; i < n + WARM_UP; i++) {
        const startedMs = performance.now();
        await get();
        if (i >= WARM_UP) times.push(performance.now() - startedMs);
      }
      reads[name] = { ...quantiles(times), rows, questions };
    }
    return reads;
  });
