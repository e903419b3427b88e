/** What each `GET` of a town reads, as workerd counts rows: bounded by what is asked for and by what is open, whatever lies behind it. */
import { exports } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { FullTown, Stirred } from "../../bench/counters/costs.ts";
import { type Contract, type Get, getsOf } from "../../bench/counters/gets.ts";
import { openApi } from "../../src/api/openapi.ts";

const OPEN = 1_000;

/** Of one question to the town: 4,000 beads where no index helps, or four checks of 500 beads with what is about them. */
const MOST = 12_500;

/** A start or a tick more that happened to come before. */
const LEEWAY = 40;

const worker = (exports as unknown as { default: Fetcher }).default;
const get = (path: string) =>
  worker.fetch(`http://bench.test${path}`, { headers: { authorization: "Bearer tk_test" } });

async function measured<T>(path: string): Promise<T> {
  return (await get(path)).json();
}

interface Rows {
  /** For each question. */
  rows: number;
  /** How many questions: an answer may be had from the town page by page. */
  parts: number;
}

/** What is read of a town that is filled so, by the name of each `GET`. */
async function rowsOf(filled: string, wanted = /./): Promise<Map<string, Rows>> {
  const town = await measured<FullTown>(`/full?${filled}`);
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
  const found = new Map<string, Rows>();
  for (const one of getsOf(openApi() as unknown as Contract, town))
    if (wanted.test(one.path)) found.set(one.name, await readBy(one));
  return found;
}

test("no GET of a town reads more for a history that is five times as long", async () => {
  const short = await rowsOf(`history=6000&open=${OPEN}`);
  const long = await rowsOf(`history=30000&open=${OPEN}`);
  expect(long.size).toBeGreaterThan(50);
  for (const [name, { rows, parts }] of long) {
    expect(rows, name).toBeLessThanOrEqual(MOST);
    if (parts === 1) expect(rows, name).toBeLessThanOrEqual((short.get(name)?.rows ?? 0) + LEEWAY);
  }
}, 180_000);

test("health reads no more with 3,000 idle agents than with 1,500, none of whom could take work", async () => {
  const few = await rowsOf("history=10&open=10&idle=1500", /health/);
  const many = await rowsOf("history=10&open=10&idle=3000", /health/);
  expect(few.get("/health")?.rows).toBeLessThanOrEqual(2_100);
  expect(many).toEqual(few);
}, 60_000);
