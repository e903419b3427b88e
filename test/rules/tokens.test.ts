import { createHmac } from "node:crypto";
import { expect, test } from "vitest";
import { mintHostToken, readHostToken } from "../../src/lib/host-token.ts";
import { mintRunToken, readRunToken } from "../../src/lib/run-token.ts";
import { type SigningKey, signingKeys } from "../../src/lib/signed-token.ts";

const DAY_MS = 24 * 3_600_000;
const run = { kind: "run", town: "t", agent: "ada", bead: "lib-1", fence: 7 } as const;
const limits = { nowMs: 1_000, leaseMs: 60_000, maxMs: 3_600_000 };
const keys = signingKeys({ RUN_TOKEN_KEY: "key" });
const other = signingKeys({ RUN_TOKEN_KEY: "other key" });
const encoded = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("a run token is good for its claims only, under its key only, for its lease and limit and a day", async () => {
  const token = await mintRunToken(keys, run, limits);
  expect(await readRunToken(keys, token)).toEqual({ ...run, expiresAtMs: 1_000 + 60_000 + 3_600_000 + DAY_MS });
  expect(await readRunToken(other, token)).toBeNull();
  const [id, claims, signature] = token.slice(4).split(".") as [string, string, string];
  const forged = encoded(["run", "t", "ada", "lib-1", 8, 2 ** 50]);
  const bad = ["", "tkr_", "tkr_...", `tkr_${id}.${forged}.${signature}`, `tkr_${id}.${claims}.`, `${token}.x`];
  const strange = [
    `tkr_nokey.${claims}.${signature}`,
    "tkr_main.%%%.%%%",
    claims,
    `tkr_main.${"x".repeat(2_000_000)}.y`,
  ];
  for (const text of [...bad, ...strange]) expect(await readRunToken(keys, text)).toBeNull();
});

test("a landing's token says that it is one", async () => {
  const landing = { ...run, kind: "landing", agent: null } as const;
  const token = await mintRunToken(keys, landing, limits);
  expect(await readRunToken(keys, token)).toMatchObject(landing);
});

test("a token of the former shape counts until the single key is replaced", async () => {
  const body = encoded(["t", null, "lib-1", 7]);
  const signature = createHmac("sha256", "key").update(Buffer.from(body, "base64url")).digest("base64url");
  const former = `tkr_${body}.${signature}`;
  const claims = { kind: "landing", town: "t", agent: null, bead: "lib-1", fence: 7, expiresAtMs: null };
  const listed = "new:0123456789abcdef";
  expect(await readRunToken(keys, former)).toEqual(claims);
  expect(await readRunToken(signingKeys({ RUN_TOKEN_KEYS: listed, RUN_TOKEN_KEY: "key" }), former)).toEqual(claims);
  expect(await readRunToken(signingKeys({ RUN_TOKEN_KEYS: listed }), former)).toBeNull();
});

test("a key is replaced while the tokens of the former one are good, until it is taken off the list", async () => {
  const [first, second] = ["one:aaaaaaaaaaaaaaaa", "two:bbbbbbbbbbbbbbbb"];
  const before = await mintRunToken(signingKeys({ RUN_TOKEN_KEYS: first }), run, limits);
  const both = signingKeys({ RUN_TOKEN_KEYS: `${second}, ${first}` });
  const after = await mintRunToken(both, run, limits);
  expect(after.startsWith("tkr_two.")).toBe(true);
  for (const token of [before, after]) expect(await readRunToken(both, token)).toMatchObject(run);
  const rotated = signingKeys({ RUN_TOKEN_KEYS: second });
  expect(await readRunToken(rotated, after)).toMatchObject(run);
  expect(await readRunToken(rotated, before)).toBeNull();
});

test("a host's token is good for one host of one town, differs each time, and is no run's", async () => {
  const host = { town: "t", host: "far" };
  const token = await mintHostToken(keys, host);
  expect(await readHostToken(keys, token)).toEqual(host);
  expect(await mintHostToken(keys, host)).not.toBe(token);
  expect(await readHostToken(other, token)).toBeNull();
  expect(await readRunToken(keys, token)).toBeNull();
  expect(await readRunToken(keys, token.replace("tkh_", "tkr_"))).toBeNull();
  const runs = await mintRunToken(keys, run, limits);
  expect(await readHostToken(keys, runs.replace("tkr_", "tkh_"))).toBeNull();
  expect(await readHostToken(keys, `tkh_${"x".repeat(43)}`)).toBeNull();
});

test("keys that can't be read are refused, and none of them is told", () => {
  const secret = "0123456789abcdef";
  for (const env of [
    {},
    { RUN_TOKEN_KEY: "", RUN_TOKEN_KEYS: " , " },
    { RUN_TOKEN_KEYS: secret },
    { RUN_TOKEN_KEYS: `One:${secret}` },
    { RUN_TOKEN_KEYS: "one:tooshort" },
    { RUN_TOKEN_KEYS: `one:${secret},one:${secret}x` },
    { RUN_TOKEN_KEYS: `main:${secret}`, RUN_TOKEN_KEY: "key" },
  ]) {
    let keysOrWhy: SigningKey[] | { problem: object };
    try {
      keysOrWhy = signingKeys(env);
    } catch (error) {
      keysOrWhy = error as { problem: object };
    }
    expect(keysOrWhy).toMatchObject({ problem: { status: 503, code: "no_signing_key" } });
    expect(JSON.stringify(keysOrWhy)).not.toMatch(/0123456789|tooshort/);
  }
});
