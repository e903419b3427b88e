/** How an agent is run where a test has no wish of its own: unattended, with no model and no budget named. */
export const unlimited = {
  driver: "exec",
  permissions: "allow",
  model: null,
  maxCostUsd: null,
  maxTokens: null,
} as const;
