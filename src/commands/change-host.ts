import { eq } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { hostSchema, hostView } from "../views/host.ts";
import { defineCommand } from "./define.ts";

/** A disabled host gets no work; what it does now it may finish. */
export const changeHostCommand = defineCommand({
  name: "change-host",
  type: "host_changed",
  method: "PATCH",
  path: "/hosts/{host}",
  scope: "hosts:admin",
  summary: "Enables or disables a host: a disabled one gets no work, and may finish what it does.",
  params: { host: slug },
  body: z.strictObject({ enabled: z.boolean() }),
  output: hostSchema,
  apply(tx, { host: id, enabled }): JoinedHost {
    existingHost(tx, id);
    return tx.update(hosts).set({ enabled }).where(eq(hosts.id, id)).returning().get();
  },
  answer: hostView,
  after(town, { host, enabled }) {
    return enabled ? undefined : town.startsArrived((order) => order.host === host);
  },
});
