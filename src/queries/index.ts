import type { z } from "zod";
import { explainBeadQuery } from "./explain-bead.ts";
import { exportBeadsQuery } from "./export-beads.ts";
import { listAgentsQuery } from "./list-agents.ts";
import { listAttemptsQuery } from "./list-attempts.ts";
import { listAuditQuery } from "./list-audit.ts";
import { listBeadsQuery } from "./list-beads.ts";
import { listConvoysQuery } from "./list-convoys.ts";
import { listHostsQuery } from "./list-hosts.ts";
import { listIncidentsQuery } from "./list-incidents.ts";
import { listProvidersQuery } from "./list-providers.ts";
import { listQuarantinedQuery } from "./list-quarantined.ts";
import { listRemovedQuery } from "./list-removed.ts";
import { listRigsQuery } from "./list-rigs.ts";
import { listTicksQuery } from "./list-ticks.ts";
import { listUnreadableQuery } from "./list-unreadable.ts";
import { listWebhookDeliveriesQuery } from "./list-webhook-deliveries.ts";
import { listWebhooksQuery } from "./list-webhooks.ts";
import { previewPlanQuery } from "./preview-plan.ts";
import { readAgentQuery } from "./read-agent.ts";
import { readAttemptQuery } from "./read-attempt.ts";
import { readAttemptDiffQuery } from "./read-attempt-diff.ts";
import { readAttemptLogQuery } from "./read-attempt-log.ts";
import { readAttemptPromptQuery } from "./read-attempt-prompt.ts";
import { readAttentionQuery } from "./read-attention.ts";
import { readBeadQuery } from "./read-bead.ts";
import { readBeadDiffQuery } from "./read-bead-diff.ts";
import { readBeadTimelineQuery } from "./read-bead-timeline.ts";
import { readConvoyQuery } from "./read-convoy.ts";
import { readHealthQuery } from "./read-health.ts";
import { readHostQuery } from "./read-host.ts";
import { readInvariantsQuery } from "./read-invariants.ts";
import { readMetricsQuery } from "./read-metrics.ts";
import { readRigQuery } from "./read-rig.ts";
import { readTownQuery } from "./read-town.ts";
import { readWebhookQuery } from "./read-webhook.ts";

/** Every query there is, a line each; their order means nothing. */
const all = [
  explainBeadQuery,
  exportBeadsQuery,
  listAgentsQuery,
  listAttemptsQuery,
  listAuditQuery,
  listBeadsQuery,
  listConvoysQuery,
  listHostsQuery,
  listIncidentsQuery,
  listProvidersQuery,
  listQuarantinedQuery,
  listRemovedQuery,
  listRigsQuery,
  listTicksQuery,
  listUnreadableQuery,
  listWebhookDeliveriesQuery,
  listWebhooksQuery,
  previewPlanQuery,
  readAgentQuery,
  readAttemptDiffQuery,
  readAttemptLogQuery,
  readAttemptPromptQuery,
  readAttemptQuery,
  readAttentionQuery,
  readBeadDiffQuery,
  readBeadQuery,
  readBeadTimelineQuery,
  readConvoyQuery,
  readHealthQuery,
  readHostQuery,
  readInvariantsQuery,
  readMetricsQuery,
  readRigQuery,
  readTownQuery,
  readWebhookQuery,
] as const;

type Query = (typeof all)[number];
export type QueryName = Query["name"];
type QueryOf<Name extends QueryName> = Extract<Query, { name: Name }>;
export type QueryInputOf<Name extends QueryName> = Parameters<QueryOf<Name>["read"]>[1];
export type QueryOutputOf<Name extends QueryName> = z.output<QueryOf<Name>["output"]>;

export const queries: readonly Query[] = all;

export const queryNamed = (name: string): Query | undefined => all.find((query) => query.name === name);
