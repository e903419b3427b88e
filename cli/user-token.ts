/** The token of whoever runs `npm start`: what is done with it is told by their name, it ends, and it can be revoked. */
import { rmSync, writeFileSync } from "node:fs";
import { hostname, userInfo } from "node:os";
import { ApiProblem, Client } from "./client.ts";
import { readSecret } from "./secrets.ts";

/** One that ends within this is replaced at a start. */
const ENDS_SOON_MS = 14 * 86_400_000;
const MAX_NAME = 60;

/** @param maker what makes it, where there is none, or the one that is there is not good for long */
export async function keepUserToken(file: string, maker: Client): Promise<void> {
  const kept = readSecret(file);
  if (kept !== null && (await isGood(new Client(maker.url, kept)))) return;
  const body = { name: nameOfUser(), preset: "operator" as const };
  const { token } = await maker.send("post", "/v1/tokens", {}, { body });
  // Anew, so that it is its owner's alone whatever was there.
  rmSync(file, { force: true });
  writeFileSync(file, `${token}\n`, { mode: 0o600 });
}

async function isGood(client: Client): Promise<boolean> {
  try {
    const { expiresAt } = await client.send("get", "/v1/tokens/{token}", { token: "self" });
    return Date.parse(expiresAt ?? "") - Date.now() > ENDS_SOON_MS;
  } catch (error) {
    if (error instanceof ApiProblem) return false;
    throw error;
  }
}

const nameOfUser = (): string => `${userInfo().username}@${hostname()}`.slice(0, MAX_NAME);
