/** What each `GET` of a town reads, as workerd counts rows: bounded by what is asked for and by what is open, whatever lies behind it. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Stirred } from "../../bench/counters/costs.ts";
import type { FullTown } from "../../bench/counters/full-town.ts";
import { type Contract, type Get, getsOf } from "../../bench/counters/gets.ts";
import { openApi } from "../../src/api/openapi.ts";

const OPEN = 1_000;

/** Of one question to the town: what it looks at where no index helps (4,000 beads), or two checks of 500 beads with what is about them. */
const MOST = 5_500;

/** A start or a tick more that happened to come before. */
const LEEWAY = 40;

const worker = (exports as unknown as { default: Fetcher }).default;
const get = (path: string) => worker.fetch(`http://bench.test${path}`, { headers: { authorization: "Bearer tk_test" } });

async function measured<T>(path: string): Promise<T> {
  return (await get(path)).json();
}

/** Rows that each of them reads a question; `parts`: how many questions, where an answer is had from the town page by page. */
async function rowsOf(closed: number): Promise<Map<string, { rows: number; parts: number }>> {
  const town = await measured<FullTown>(`/full?history=${closed}&open=${OPEN}`);
  const stirred = () => measured<Stirred>(`/stirred?town=${town.town}`);
  const readBy = async ({ name, path }: Get) => {
    await stirred();
    const answer = await get(path);
    expect(answer.status, name).toBe(200);
    await answer.arrayBuffer();
    const { read, written, requests } = await stirred();
    expect(written, name).toBe(0);
    return { rows: read / requests, parts: requests };
  };
  const found = new Map<string, { rows: number; parts: number }>();
  for (const one of getsOf(openApi() as unknown as Contract, town)) found.set(one.name, await readBy(one));
  return found;
}

test("no GET of a town reads more for a history that is five times as long", async () => {
  const short = await rowsOf(6_000);
  const long = await rowsOf(30_000);
  expect(long.size).toBeGreaterThan(50);
  for (const [name, { rows, parts }] of long) {
    expect(rows, name).toBeLessThanOrEqual(MOST);
    if (parts === 1) expect(rows, name).toBeLessThanOrEqual((short.get(name)?.rows ?? 0) + LEEWAY);
  }
}, 180_000);
