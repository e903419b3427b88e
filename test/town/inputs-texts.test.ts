/** What people write stays what it is: stored, shown, looked for, and part of no statement, header or page. */
import { expect, test } from "vitest";
import { ESCAPES, OTHERS } from "../inputs/texts.ts";
import { call, json } from "./http.ts";
import { aTown } from "./town.ts";

const TEXTS = [...ESCAPES, ...OTHERS];

async function aTownOf(texts: readonly string[]) {
  const town = await aTown();
  const at = `/v1/towns/${town.name}`;
  await call("PATCH", at, { paused: { why: "a test" } });
  const beads = texts.map((text) => ({ rig: "lib", title: `${text}.`, body: text, labels: [text.trim()] }));
  const { items } = await json(await call("POST", `${at}/beads:batch`, { beads }));
  return { at, ids: items.map(({ id }: { id: string }) => id) as string[] };
}

test("every text is told as it was written, as JSON that no browser takes for anything else", async () => {
  const { at, ids } = await aTownOf(TEXTS);
  for (const [n, text] of TEXTS.entries()) {
    const response = await call("GET", `${at}/beads/${ids[n]}`);
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(response.headers.get("x-content-type-options")).toBe("nosniff");
    expect(await json(response)).toMatchObject({ title: `${text}.`, body: text, labels: [text.trim()] });
  }
});

test.each(["text", "label"])("what is looked for by %s is found by its very letters, and by no more", async (word) => {
  const { at, ids } = await aTownOf(TEXTS);
  for (const [n, text] of TEXTS.entries()) {
    const { items } = await json(await call("GET", `${at}/beads?limit=200&${word}=${encodeURIComponent(text.trim())}`));
    const has = (other: string) =>
      word === "label" ? other.trim() === text.trim() : other.toLowerCase().includes(text.trim().toLowerCase());
    const expected = TEXTS.flatMap((other, m) => (has(other) ? [ids[m]] : []));
    expect(items.map(({ id }: { id: string }) => id).sort(), text).toEqual(expected.sort());
    expect(items.map(({ id }: { id: string }) => id)).toContain(ids[n]);
  }
});

test.each(["%", "_", "%%", "\\", "\\%", "' OR 1=1 --", '" OR ""="', "*", "?", "[a-z]", "a' COLLATE NOCASE --", "�"])(
  "%j is looked for as it stands",
  async (text) => {
    const { at } = await aTownOf(["nothing of that", "nor of this"]);
    expect(await json(await call("GET", `${at}/beads?text=${encodeURIComponent(text)}`))).toMatchObject({ items: [] });
    expect(await json(await call("GET", `${at}/beads?label=${encodeURIComponent(text)}`))).toMatchObject({ items: [] });
  },
);

test.each([
  ...[
    "status=open' OR '1'='1",
    "rig=lib' --",
    "agent=x) OR (1=1",
    "convoy=*",
    "since=1' OR '1",
    "cursor=c1' --",
    "limit=1;DROP TABLE beads",
  ],
  ...[
    "cursor=c1)%20OR%20(1",
    "cursor=cffffffffffff",
    "status=open,open'",
    "rig[]=lib",
    "rig=lib&rig=x'",
    "limit=1e1",
    "text=",
    "since=%00",
  ],
])("the filter %s is refused, or finds nothing that it may not", async (query) => {
  const { at } = await aTownOf(["one", "two"]);
  const { status, items = [] } = await json(await call("GET", `${at}/beads?${query}`));
  expect([200, 422]).toContain(status);
  expect(items.length).toBeLessThanOrEqual(2);
  expect(await json(await call("GET", `${at}/beads`))).toMatchObject({ items: [{ id: "lib-2" }, { id: "lib-1" }] });
});

test.each([...TEXTS.filter((text) => /^[\x20-\x7e]+$/.test(text)), "x".repeat(129), "a b", '"', "ä"])(
  "a request's id of %j is not told back unless it is a plain word",
  async (id) => {
    const answer = await call("GET", "/v1/towns/nowhere", undefined, undefined, { "x-request-id": id });
    expect(answer.headers.get("x-request-id")).toMatch(/^[\w.:-]{1,128}$/);
    const { status } = await json(answer);
    expect(status).toBe(404);
  },
);
