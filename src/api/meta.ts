/** What goes with a command beside its input: who asks, whether it may come twice, which version it is meant for. */
import type { Context } from "hono";
import type { Meta, Once } from "../commands/define.ts";
import { refusal } from "../lib/guard.ts";
import type { Operation } from "../lib/operation.ts";
import { type Origin, WAYS } from "../lib/origin.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { writtenWhole } from "../queries/shown-by.ts";
import { identityOf } from "./auth.ts";
import { requestIdOf } from "./http.ts";

/** What a client of ours says of itself; others are programs. */
const WAY_HEADER = "x-townkeeper-way";

/** RFC 8941 has it in quotes; most clients leave them out. */
const KEY = /^(?:"([\x20-\x21\x23-\x7e]{1,200})"|([\x21\x23-\x7e]{1,200}))$/;

/** @param input as the door has read it */
export async function metaOf(c: Context, command: Pick<Operation, "name">, input: object): Promise<Meta> {
  const way = WAYS.find((each) => each === c.req.header(WAY_HEADER)) ?? "api";
  const path = c.req.path.replace(/^\/v1\/towns\/?[^/]*/, "") || "/";
  const once = await onceOf(c, command.name, input);
  const ifMatch = c.req.header("if-match")?.split(",");
  if (!ifMatch)
    refuseBlind(command, input, "Read it, and send its `ETag` as `If-Match`; `*` writes over what is there.");
  return {
    origin: originOf(c, way, path),
    ...(once && { once }),
    ...(ifMatch && { ifMatch: ifMatch.map((version) => version.trim()) }),
  };
}

/** For a change that does not say which version it is made for. @throws Refusal 428 */
export function refuseBlind(command: Pick<Operation, "name">, input: object, hint: string): void {
  const whole = writtenWhole(command).filter((field) => Object.hasOwn(input, field));
  if (whole.length === 0) return;
  throw refusal(428, "version_missing", `Somebody else may have changed ${whole.join(", ")} since you read it.`, hint);
}

/** Longer than any path of the contract. */
const MAX_PATH = 300;

/** @param path what is asked for, below the town */
export const originOf = (c: Context, way: Origin["way"], path: string): Origin => ({
  ...{ actor: identityOf(c).actor, requestId: requestIdOf(c), way, path: path.slice(0, MAX_PATH) },
});

/** Null: it came with no key. @throws Refusal 422 */
export async function onceOf(c: Context, name: string, input: object): Promise<Once | null> {
  const given = c.req.header("idempotency-key");
  if (given === undefined) return null;
  const [, quoted, bare] = KEY.exec(given.trim()) ?? [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw refusal(
      422,
      "invalid_input",
      "The header Idempotency-Key can't be read.",
      "Send 1 to 200 characters of ASCII, such as a UUID.",
    );
  return onceWith(c, key, name, input);
}

/** One key is one request, by whichever way it comes. */
export const onceWith = async (c: Context, key: string, name: string, input: object): Promise<Once> => ({
  ...{ key: `${identityOf(c).actor.id} ${key}`, print: await sha256Hex(JSON.stringify([name, input])) },
});
