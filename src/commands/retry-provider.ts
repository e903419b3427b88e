import { z } from "zod";
import { providerIsSaidWell } from "../attempts/providers.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";
import { defineCommand } from "./define.ts";

/** An operator says that a provider is well, which overrides its last answer: its agents go on at once. */
export const retryProviderCommand = defineCommand({
  name: "retry-provider",
  type: "provider_retried",
  method: "POST",
  path: "/providers/{provider}/retry",
  scope: "work:control",
  summary: "Lets the agents of a provider go on at once, whatever its last answer was.",
  params: { provider: slug },
  output: z.object({ id: z.string() }),
  apply(tx, { provider }) {
    if (providerIsSaidWell(tx, provider)) return { id: provider };
    throw refusal(
      409,
      "nothing_to_retry",
      `Provider ${provider} is not known to be in trouble.`,
      "GET …/providers lists those that are.",
    );
  },
  answer: ({ id }) => ({ id }),
});
