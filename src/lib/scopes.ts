/** What a token may do. Each operation of the contract names the one scope that it takes. */
/**
 * `agents:write` and `rigs:write` choose the commands that run on hosts, with the credentials that lie there: who has one of them
 * can do all that an agent can.
 */
export const SCOPES = [
  "beads:read",
  "beads:write",
  "work:control",
  "logs:read",
  "metrics:read",
  "agents:write",
  "rigs:write",
  "hosts:admin",
  "tokens:admin",
  "towns:create",
  "towns:delete",
] as const;
export type Scope = (typeof SCOPES)[number];
