import { eq, ne } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../attempts/hosts.ts";
import { fenceRunsOf } from "../attempts/removal.ts";
import type { Tx } from "../db/client.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { hostSchema, hostView } from "../views/host.ts";
import { defineCommand } from "./define.ts";
import { yesOrNo } from "./inputs.ts";

/**
 * Its token is worth nothing from now on, and neither is a word of what runs there, unless it is drained: then its runs may
 * report to their end.
 */
export const removeHostCommand = defineCommand({
  name: "remove-host",
  type: "host_removed",
  method: "DELETE",
  path: "/hosts/{host}",
  scope: "hosts:admin",
  summary: "Removes a host: nothing that it says counts any more; with `drain`, its runs may report to their end.",
  params: { host: slug },
  query: z.strictObject({ drain: yesOrNo }),
  output: hostSchema,
  apply(tx, { host: id, drain }, ctx): JoinedHost {
    const host = existingHost(tx, id);
    refuseLast(tx, id);
    if (!drain) fenceRunsOf(tx, id, ctx);
    tx.delete(hosts).where(eq(hosts.id, id)).run();
    return host;
  },
  answer: hostView,
  after: (town, { host }) => town.hangUp(host, "this host was removed from its town"),
});

/** Without any host a town uses its own: no agents move there because a machine was taken away. */
function refuseLast(tx: Tx, id: string): void {
  if (readTown(tx).settings.hosts !== "external") return;
  if (tx.select({ id: hosts.id }).from(hosts).where(ne(hosts.id, id)).limit(1).get()) return;
  throw refusal(
    409,
    "last_host",
    `${id} is the last host of this town: without it, its agents would run on the town's own.`,
    `Add another host first; or PATCH …/{town} {"settings":{"hosts":"own"}}, if that is what you want. Until then PATCH …/hosts/${id} {"enabled":false}.`,
  );
}
