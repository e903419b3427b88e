import { eq } from "drizzle-orm";
import { existingHost } from "../attempts/hosts.ts";
import { hosts, type JoinedHost } from "../db/schema.ts";
import { slug } from "../protocol/common.ts";
import { hostView, invitedHostSchema } from "../views/host.ts";
import { defineCommand, invitation } from "./define.ts";

/** Its former token is worth nothing from now on. What runs there goes on: runs have tokens of their own. */
export const replaceHostTokenCommand = defineCommand({
  name: "replace-host-token",
  type: "host_token_replaced",
  method: "POST",
  path: "/hosts/{host}/token",
  scope: "hosts:admin",
  summary:
    "Replaces a host's token, which is told this once; the former one is worth nothing from now on, and what runs goes on.",
  params: { host: slug },
  output: invitedHostSchema,
  status: 201,
  invites: ({ host }) => host,
  before: invitation,
  apply(tx, { host: id, tokenHash }, { news }): JoinedHost {
    if (existingHost(tx, id).refused) news?.(`MENDED host ${id}: it has a new token`);
    return tx.update(hosts).set({ tokenHash, refused: null }).where(eq(hosts.id, id)).returning().get();
  },
  answer: hostView,
  after: (town, { host }) => town.hangUp(host, "this host's token was replaced by a new one"),
});
