import { eq } from "drizzle-orm";
import { z } from "zod";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost, RESERVED_MS } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { CLOSED } from "../protocol/channel.ts";
import { slug } from "../protocol/common.ts";
import { hostSchema, hostView } from "../views/host.ts";
import { defineCommand } from "./define.ts";

/** An operator gives a host's place to the boot that is not let in. What runs on the other goes on, and reports. */
export const takeOverHostCommand = defineCommand({
  name: "take-over-host",
  type: "host_taken_over",
  method: "POST",
  path: "/hosts/{host}/takeover",
  scope: "hosts:admin",
  summary: "Gives a host's place to the machine that dials as it and is not let in.",
  params: { host: slug },
  body: z.strictObject({
    boot: z.string().min(1).max(100).optional().describe("left out: the one that dialled last"),
  }),
  output: hostSchema,
  apply(tx, { host: id, boot }, { nowMs, news }): JoinedHost {
    const { refused } = existingHost(tx, id);
    if (refused?.code !== "host_elsewhere" || (boot !== undefined && refused.bootId !== boot))
      throw refusal(
        409,
        "nobody_waits",
        `${boot === undefined ? "No other machine" : `Boot ${boot}`} is asking for the place of host ${id}.`,
        "GET …/hosts says who was refused, and why.",
      );
    const admits = { bootId: refused.bootId, untilMs: nowMs + RESERVED_MS };
    news?.(`MENDED host ${id}: boot ${refused.bootId} has its place`);
    return tx.update(hosts).set({ admits, refused: null }).where(eq(hosts.id, id)).returning().get();
  },
  answer: hostView,
  after: (town, { host }) =>
    town.hangUp(host, "an operator gave this host's place to another machine", CLOSED.takenOver),
});
