import { existingHost } from "../attempts/hosts.ts";
import { slug } from "../protocol/common.ts";
import { heardHostView, hostSchema } from "../views/host.ts";
import { defineQuery } from "./define.ts";

export const readHostQuery = defineQuery({
  name: "read-host",
  path: "/hosts/{host}",
  scope: "beads:read",
  summary: "Shows a host.",
  params: { host: slug },
  output: hostSchema,
  read(tx, { host: id }, { heardOf }) {
    const host = existingHost(tx, id);
    return heardHostView(host, heardOf(host));
  },
});
