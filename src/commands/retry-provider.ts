import { z } from "zod";
import { providerIsSaidWell } from "../attempts/providers.ts";
import { defineEvent } from "../events/define.ts";
import { refusal } from "../lib/guard.ts";
import { slug } from "../protocol/common.ts";

/** A person says that a provider is well, whatever its last answer was: its agents go on at once. */
export const providerRetried = defineEvent({
  type: "provider_retried",
  payload: z.strictObject({ provider: slug }),
  apply(tx, { provider }) {
    if (providerIsSaidWell(tx, provider)) return { id: provider };
    throw refusal(
      409,
      "nothing_to_retry",
      `Provider ${provider} is not known to be in trouble.`,
      "GET …/providers lists those that are.",
    );
  },
});
