/** What waits for a person, as it is read, and its request, sent as it is shown. */
import { call, json } from "./http.ts";
import type { TestTown } from "./town.ts";

export const attention = async ({ name }: TestTown) => json(await call("GET", `/v1/towns/${name}/attention`));

interface Verb {
  method: string;
  path: string;
  body: object | null;
}

/** Sends what an item says, as it says it. */
export const mend = async ({ method, path, body }: Verb) => (await call(method, path, body ?? undefined)).status;
