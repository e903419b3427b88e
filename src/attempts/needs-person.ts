/** Agents and providers whose trouble no wait mends: a person must do something. */
import { and, isNotNull, type SQL, sql } from "drizzle-orm";
import { agents, providers } from "../db/schema.ts";

/** Consecutive limits from which on a provider's limit is no accident. */
const MANY_TROUBLES = 5;

/** Who is kept from work for so long is worth a person's while, though it opens by itself: a week's limit, for one. */
const LONG_WAIT_MS = 3_600_000;

const MENDED_BY_PEOPLE = sql.raw(
  [
    "command_missing",
    "preflight_failed",
    "low_disk",
    "no_credit",
    "unknown_model",
    "untrusted_folder",
    "setup",
    "unknown_error",
  ]
    .map((code) => `'${code}'`)
    .join(", "),
);

/** What it fails every bead with; of a limit or a login such a code says nothing. */
const failsEveryBead = (trouble: typeof agents.trouble | typeof providers.trouble): SQL =>
  sql`(json_extract(${trouble}, '$.kind') = 'refused' AND json_extract(${trouble}, '$.code') IN ('exit_code', 'signal'))`;

/** A person must log in, install something, add credit or make room. Nor does a wait mend a limit that is met each time. */
const mustBeMended = ({ trouble, troubles, notBeforeMs }: typeof agents | typeof providers): SQL =>
  sql`(json_extract(${trouble}, '$.kind') = 'auth' OR json_extract(${trouble}, '$.code') IN (${MENDED_BY_PEOPLE}) OR ${failsEveryBead(trouble)} OR ${troubles} >= ${MANY_TROUBLES}
    OR ${notBeforeMs} - json_extract(${trouble}, '$.atMs') > ${LONG_WAIT_MS})`;

/** What all agents of a provider share is told once. */
const isProviders = sql`(${agents.provider} IS NOT NULL AND ${agents.provider} IN (SELECT id FROM providers WHERE trouble IS NOT NULL) AND json_extract(${agents.trouble}, '$.kind') IN ('auth', 'provider_limited'))`;

/** Where others can tell whether it is the agent's trouble or its bead's, they will. */
const isFoundOut = sql`(${agents.doubts} IS NOT NULL AND (coalesce(instr(${agents.doubts}, '"bead":"' || ${agents.beadId} || '"') = 0, 0)
  OR EXISTS (SELECT 1 FROM agents o WHERE o.rig_id = ${agents.rigId} AND o.id <> ${agents.id} AND o.enabled AND o.troubles = 0)))`;

/** A disabled agent's trouble is not told: an operator disabled it. */
export const isAgentsOwn = and(
  sql`${agents.troubles} > 0 AND ${agents.enabled}`,
  isNotNull(agents.trouble),
  mustBeMended(agents),
  sql`NOT ${isProviders}`,
  sql`NOT ${isFoundOut}`,
);

export const isProvidersOwn = and(isNotNull(providers.trouble), mustBeMended(providers));
