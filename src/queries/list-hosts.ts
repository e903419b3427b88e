import { z } from "zod";
import { hosts } from "../db/schema.ts";
import { heardHostView, hostSchema } from "../views/host.ts";
import { defineQuery } from "./define.ts";

export const listHostsQuery = defineQuery({
  name: "list-hosts",
  path: "/hosts",
  scope: "beads:read",
  summary: "Lists the hosts that may join a town.",
  output: z.object({ items: z.array(hostSchema) }),
  read: (tx, _, { heardOf }) => ({
    items: tx
      .select()
      .from(hosts)
      .orderBy(hosts.id)
      .all()
      .map((host) => heardHostView(host, heardOf(host))),
  }),
});
