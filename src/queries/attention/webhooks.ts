import { hasWebhooks, listWebhooks } from "../../webhooks/subscriptions.ts";
import { type Kind, patch } from "./item.ts";

/** The town itself tells it of nothing any more. Its URL may be a secret, which readers of this may not know. */
export const webhookDisabled: Kind = {
  severity: "warning",
  holdsInPause: true,
  find({ tx, town, path }) {
    if (!hasWebhooks(town)) return [];
    return listWebhooks(tx)
      .flatMap(({ id, events, failures, failingSinceMs, givenUp }) => {
        if (givenUp === null) return [];
        const { code, message, atMs } = givenUp;
        const mended = code === "gone" ? "Should that be a mistake, mend" : "Mend";
        return {
          target: { type: "webhook" as const, id },
          sinceMs: atMs,
          times: Math.max(1, failures),
          what: `webhook ${id} was disabled: ${message}`,
          meanwhile: "it is told of nothing that happens; what waited for it is kept, and all else goes on",
          nextMs: null,
          hint: `${mended} its receiver; then this request has it told again. If nobody needs it, DELETE …/webhooks/${id} removes it.`,
          evidence: { webhook: id, code, message, events, failures, failingSinceMs },
          verb: patch(`${path}/webhooks/${id}`, { enabled: true }),
        };
      })
      .sort((a, b) => b.sinceMs - a.sinceMs);
  },
};
