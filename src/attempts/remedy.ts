/** The request that has an agent in trouble tried at once: every text that tells of the trouble takes it from here, so that all name the same. */
import { sql } from "drizzle-orm";
import type { Tx } from "../db/client.ts";
import { type Agent, type Failure, providers } from "../db/schema.ts";
import { prepared } from "../db/statements.ts";

export interface Remedy {
  method: "POST" | "PATCH";
  /** Below the town. */
  path: string;
  body: Record<string, unknown> | null;
}

const troubledProviders = prepared((tx) =>
  tx.select({ id: providers.id }).from(providers).where(sql`${providers.trouble} IS NOT NULL`).prepare(),
);

/** Mostly none. */
export const providersInTrouble = (tx: Tx): ReadonlySet<string> =>
  new Set(
    troubledProviders(tx)
      .all()
      .map(({ id }) => id),
  );

/** What all agents of a provider meet. */
const SHARED: ReadonlySet<Failure["kind"]> = new Set(["auth", "provider_limited"]);

/** Whose trouble it is besides the agent's; null: its own alone. */
export const sharedWith = (
  { provider, trouble }: Pick<Agent, "provider" | "trouble">,
  troubled: ReadonlySet<string>,
): string | null =>
  provider !== null && trouble && SHARED.has(trouble.kind) && troubled.has(provider) ? provider : null;

export function remedyFor(agent: Pick<Agent, "id" | "provider" | "trouble">, troubled: ReadonlySet<string>): Remedy {
  const provider = sharedWith(agent, troubled);
  if (provider !== null) return { method: "POST", path: `/providers/${provider}/retry`, body: null };
  // Looked at again rather than believed: a host can tell.
  if (agent.trouble?.code === "preflight_failed")
    return { method: "POST", path: `/agents/${agent.id}/preflight`, body: {} };
  return { method: "PATCH", path: `/agents/${agent.id}`, body: { enabled: true } };
}
