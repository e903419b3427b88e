/** What a token may do. Each operation of the contract names the one scope that it takes. */
/**
 * `webhooks:admin` has what happens in a town sent elsewhere, and reads where to: of the presets `admin` alone has it.
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
  "webhooks:admin",
  "tokens:admin",
  "towns:create",
  "towns:delete",
] as const;
export type Scope = (typeof SCOPES)[number];

const viewer: Scope[] = ["beads:read", "logs:read", "metrics:read"];
const submitter: Scope[] = [...viewer, "beads:write"];
const operator: Scope[] = [...submitter, "work:control", "agents:write", "rigs:write", "hosts:admin"];

/** Sets of scopes that people ask for by one word. */
export const PRESETS = { viewer, submitter, operator, admin: SCOPES } as const;

/** The preset that has just these. Null: none has. */
export const presetOf = (scopes: readonly Scope[]): keyof typeof PRESETS | null =>
  (Object.keys(PRESETS) as (keyof typeof PRESETS)[]).find(
    (name) => PRESETS[name].length === scopes.length && PRESETS[name].every((scope) => scopes.includes(scope)),
  ) ?? null;
