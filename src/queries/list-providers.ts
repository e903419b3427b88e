import { z } from "zod";
import { providers } from "../db/schema.ts";
import { providerSchema, providerView } from "../views/provider.ts";
import { defineQuery } from "./define.ts";

export const listProvidersQuery = defineQuery({
  name: "list-providers",
  path: "/providers",
  scope: "beads:read",
  summary: "Lists the providers that are known to be in trouble, or were.",
  output: z.object({ items: z.array(providerSchema) }),
  read: (tx) => ({ items: tx.select().from(providers).orderBy(providers.id).all().map(providerView) }),
});
