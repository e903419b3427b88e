/** What a town signs is what the library of Standard Webhooks signs, and takes. */
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import { expect, test } from "vitest";
import { newWebhookSecret, signedHeaders } from "../../src/lib/standard-webhooks.ts";

test("every signature is the library's own, and either of two secrets fits", async () => {
  const nowMs = Date.now();
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: "grapheme" }),
      fc.uint8Array({ minLength: 24, maxLength: 64 }),
      async (text, bytes) => {
        const [secret, other] = [`whsec_${Buffer.from(bytes).toString("base64")}`, await newWebhookSecret()];
        const body = JSON.stringify({ text });
        const headers = await signedHeaders({ id: "msg_1", body, secrets: [secret, other] }, nowMs);
        const signed = [secret, other].map((each) => new Webhook(each).sign("msg_1", new Date(nowMs), body));
        expect(headers["webhook-signature"]).toBe(signed.join(" "));
        for (const each of [secret, other]) expect(new Webhook(each).verify(body, headers)).toEqual({ text });
        expect(() => new Webhook(secret).verify(`${body} `, headers)).toThrow();
      },
    ),
    { numRuns: 50 },
  );
});

test("a secret is another each time, and the same for the same request", async () => {
  const made = await Promise.all([undefined, undefined, "a", "a", "b"].map((serial) => newWebhookSecret(serial)));
  for (const secret of made) expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(made[2]).toBe(made[3]);
  expect(new Set(made).size).toBe(4);
});
