/** Whatever bytes a host answers with. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { clip, clipHead } from "../../src/lib/text.ts";
import { iso } from "../../src/lib/time.ts";
import { OutOfReach } from "../../src/ports/ports.ts";
import { readBounded, readReply, retryAfterOf } from "../../src/ports/read-host.ts";
import { MAX_ANSWER_BYTES } from "../../src/protocol/bounded.ts";

const NOW = Date.UTC(2026, 10, 29);

test.each([
  ["0", 0],
  ["7", 7_000],
  [" 7 ", 7_000],
  ["999999999", 86_400_000],
  ["Sun, 29 Nov 2026 00:01:00 GMT", 60_000],
  ["Sunday, 29-Nov-26 00:01:00 GMT", 60_000],
  ["Sun, 29 Nov 2020 00:01:00 GMT", 0],
  ["Sun, 29 Nov 3026 00:01:00 GMT", 86_400_000],
  ["-7", undefined],
  ["7.5", undefined],
  ["1e9", undefined],
  ["soon", undefined],
  ["", undefined],
  [null, undefined],
])("Retry-After: %s", (header, waitMs) => {
  expect(retryAfterOf(header, NOW)).toBe(waitMs);
});

test("an answer is taken, refused or out of reach, whatever it is", async () => {
  const body = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record({ accepted: fc.boolean(), bootId: fc.string(), message: fc.anything() })
      .map((value) => JSON.stringify(value)),
  );
  const status = fc.integer({ min: 200, max: 599 }).filter((code) => ![204, 205, 304].includes(code));
  await fc.assert(
    fc.asyncProperty(body, status, async (text, code) => {
      const reply = await readReply(new Response(text, { status: code }), NOW).catch((error: unknown) => error);
      expect(reply instanceof OutOfReach || typeof (reply as { accepted: unknown }).accepted === "boolean").toBe(true);
    }),
  );
});

test("JSON of any depth is nonsense like any other", async () => {
  const deep = `${"[".repeat(30_000)}${"]".repeat(30_000)}`;
  await expect(readReply(new Response(deep), NOW)).rejects.toMatchObject({ code: "rejected" });
});

test("past its limit nothing is asked for any more", async () => {
  let pulled = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(1_024 * ++pulled)),
    cancel: () => {
      cancelled = true;
    },
  });
  await expect(readBounded(new Response(body))).rejects.toMatchObject({ code: "too_large" });
  expect(cancelled).toBe(true);
  expect(pulled).toBeLessThan(20);
});

test("exactly the limit is read, of characters of any size and however they are cut", async () => {
  const text = "ü€😀".repeat(MAX_ANSWER_BYTES / 16) + "x".repeat(MAX_ANSWER_BYTES - 9 * (MAX_ANSWER_BYTES / 16));
  const bytes = new TextEncoder().encode(text);
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => {
      for (let at = 0; at < bytes.length; at += 7) controller.enqueue(bytes.slice(at, at + 7));
      controller.close();
    },
  });
  expect(await readBounded(new Response(body))).toBe(text);
});

const texts = fc.array(fc.constantFrom("a", "ü", "€", "😀", "\ud83d", "\ude00", "\0")).map((chars) => chars.join(""));

test("what is cut has the length it may have, its mark, and no half of a character", () => {
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 20 }), (text, max) => {
      for (const [cut, mark] of [
        [clip(text, max), clip(text, max).at(-1)],
        [clipHead(text, max), clipHead(text, max).at(0)],
      ]) {
        expect(cut?.length).toBeLessThanOrEqual(max);
        if (text.length > max) expect(mark).toBe("…");
        if (text.isWellFormed()) expect(cut?.isWellFormed()).toBe(true);
      }
    }),
  );
}, 30_000); // the first text of any characters takes seconds to make

test("any number is a date or none", () => {
  fc.assert(
    fc.property(fc.oneof(fc.double(), fc.integer()), (ms) => {
      expect(iso(ms)).toSatisfy((text) => text === null || /^[+-]?\d{4,6}-.*Z$/.test(text));
    }),
  );
  expect(iso(-1e300)).toBe(null);
});
