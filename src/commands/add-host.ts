import { z } from "zod";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { refusal } from "../lib/guard.ts";
import { slugLike } from "../protocol/common.ts";
import { hostView, invitedHostSchema } from "../views/host.ts";
import { defineCommand, invitation } from "./define.ts";

/** A machine of the operator's may join. */
export const addHostCommand = defineCommand({
  name: "add-host",
  type: "host_added",
  method: "POST",
  path: "/hosts",
  scope: "hosts:admin",
  summary: "Lets a machine of your own join, with a token that is told this once.",
  body: z.strictObject({ id: slugLike("my-laptop") }),
  output: invitedHostSchema,
  status: 201,
  location: ({ id }) => id,
  invites: ({ id }) => id,
  before: invitation,
  apply(tx, { id, tokenHash }, { nowMs }): JoinedHost {
    const host = tx.insert(hosts).values({ id, tokenHash, createdAtMs: nowMs }).onConflictDoNothing().returning().get();
    if (host) return host;
    throw refusal(409, "host_exists", `There is a host ${id} already.`, "Choose another id, or remove it first.");
  },
  answer: hostView,
});
