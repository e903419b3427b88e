/**
 * Runs inside OpenCode, and says on standard error what its output leaves out: that it waits for its provider and until
 * when, that it does not know its model, and that its work is over; over ACP also its errors and what each step used. One JSON object a line, as its own output has them.
 */
export const Townkeeper = async ({ client }) => {
  const counted = new Set();
  let isModelKnown = false;
  /** Those of its helpers: when one of them is done, it is not. */
  const helpers = new Set();
  const overAcp = process.env.TOWNKEEPER_DRIVER === "acp";
  const say = (event) => process.stderr.write(`${JSON.stringify(event)}\n`);
  /** For a model that it doesn't know it says no more than that its own server had an error. */
  const lookAtModel = async ({ providerID, modelID }) => {
    isModelKnown = true;
    const { data } = await client.config.providers();
    const models = data?.providers.find(({ id }) => id === providerID)?.models ?? {};
    if (!data || modelID in models) return;
    const message = `Model not found: ${providerID}/${modelID}`;
    say({ type: "session.error", properties: { error: { name: "ProviderModelNotFoundError", data: { message } } } });
  };
  return {
    event: async ({ event }) => {
      const { type, properties } = event;
      const asked = type === "message.updated" && properties.info.role === "user" ? properties.info.model : undefined;
      if (asked && !isModelKnown) await lookAtModel(asked).catch(() => undefined);
      if (type === "session.status" && properties.status?.type === "retry") say({ type, properties });
      if (properties.info?.parentID) helpers.add(properties.info.id);
      if (type === "session.idle" && !overAcp && !helpers.has(properties.sessionID)) say({ type });
      if (!overAcp) return;
      if (type === "session.error") say({ type, properties });
      const part = type === "message.part.updated" ? properties.part : null;
      if (part?.type !== "step-finish" || counted.has(part.id)) return;
      counted.add(part.id);
      say({ type: "step_finish", part: { tokens: part.tokens, cost: part.cost } });
    },
  };
};
