CREATE TABLE `agents` (
	`id` text PRIMARY KEY NOT NULL,
	`rig_id` text NOT NULL,
	`role` text NOT NULL,
	`command` text NOT NULL,
	`env` text NOT NULL,
	`max_run_ms` integer NOT NULL,
	`status` text DEFAULT 'idle' NOT NULL,
	`bead_id` text,
	`fence` integer,
	`created_at_ms` integer NOT NULL
, `troubles` integer DEFAULT 0 NOT NULL, `trouble` text, `not_before_ms` integer DEFAULT 0 NOT NULL, `enabled` integer DEFAULT true NOT NULL, `paused` text, `provider` text, `last_fence` integer DEFAULT 0 NOT NULL, `program` text, `preflight` text, `doubts` text, `well_at_ms` integer DEFAULT 0 NOT NULL, `start_from` text);
CREATE TABLE `attempts` (
	`fence` integer PRIMARY KEY NOT NULL,
	`kind` text NOT NULL,
	`rig_id` text NOT NULL,
	`bead_id` text NOT NULL,
	`agent_id` text,
	`state` text NOT NULL,
	`started_at_ms` integer NOT NULL,
	`accepted_at_ms` integer,
	`ended_at_ms` integer,
	`lease_until_ms` integer NOT NULL,
	`last_boot_id` text,
	`last_seq` integer,
	`agent_active_at_ms` integer,
	`progress` text,
	`failure` text,
	`branch` text,
	`head` text,
	`output_tail` text
, `host_boot_id` text, `stall` integer DEFAULT 0 NOT NULL, `charged_ms` integer DEFAULT 0 NOT NULL, `host_id` text, `step` text, `usage` text, `lease_ms` integer, `heartbeat_ms` integer, `limit_ms` integer, `refused_at_ms` integer);
CREATE TABLE `bead_dependencies` (
	`bead_id` text NOT NULL,
	`blocker_id` text NOT NULL, `type` text DEFAULT 'blocks' NOT NULL,
	PRIMARY KEY(`bead_id`, `blocker_id`)
);
CREATE TABLE `bead_notes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bead_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL
, `by` text);
CREATE TABLE `beads` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`rig_id` text NOT NULL,
	`title` text NOT NULL,
	`body` text NOT NULL,
	`type` text NOT NULL,
	`priority` integer NOT NULL,
	`status` text NOT NULL,
	`blocked_by` integer DEFAULT 0 NOT NULL,
	`agent_id` text,
	`fence` integer,
	`failures` integer DEFAULT 0 NOT NULL,
	`dispatch_failures` integer DEFAULT 0 NOT NULL,
	`reworks` integer DEFAULT 0 NOT NULL,
	`not_before_ms` integer DEFAULT 0 NOT NULL,
	`last_failure` text,
	`branch` text,
	`head` text,
	`created_at_ms` integer NOT NULL,
	`updated_at_ms` integer NOT NULL,
	`closed_at_ms` integer
, `acceptance` text DEFAULT '' NOT NULL, `labels` text DEFAULT '[]' NOT NULL, `metadata` text DEFAULT '{}' NOT NULL, `parent_id` text, `convoy_id` text, `touches` text DEFAULT '[]' NOT NULL, `hold` text, `lands_on` text, `unpaid_tries` integer DEFAULT 0 NOT NULL, `unpaid_day` integer DEFAULT 0 NOT NULL, `base` text, `strikes` text, `start_from` text, `closed_as` text, `created_by` text);
CREATE TABLE `events` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`type` text NOT NULL,
	`payload` text NOT NULL,
	`received_at_ms` integer NOT NULL,
	`tries` integer NOT NULL,
	`due_at_ms` integer NOT NULL,
	`error` text,
	`quarantined_at_ms` integer
);
CREATE TABLE `rigs` (
	`id` text PRIMARY KEY NOT NULL,
	`repo_url` text NOT NULL,
	`default_branch` text NOT NULL,
	`gate` text,
	`max_gate_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL
, `paused` text, `max_agents` integer, `max_in_review` integer, `landing_trouble` text, `push_trouble` text, `branch_from` text DEFAULT 'given' NOT NULL, `trailers` integer, `start_from` text, `no_change` text DEFAULT 'close' NOT NULL, `landings_at_once` integer DEFAULT 1 NOT NULL);
CREATE TABLE `town` (
	`id` integer PRIMARY KEY NOT NULL,
	`name` text NOT NULL,
	`created_at_ms` integer NOT NULL,
	`settings` text NOT NULL,
	`last_fence` integer DEFAULT 0 NOT NULL,
	`last_bead` integer DEFAULT 0 NOT NULL,
	`poll_started_at_ms` integer,
	`poll_completed_at_ms` integer,
	`ticks` integer DEFAULT 0 NOT NULL,
	`error_streak` integer DEFAULT 0 NOT NULL,
	`last_error` text,
	`next_wake_at_ms` integer,
	`events_received` integer DEFAULT 0 NOT NULL,
	`events_applied` integer DEFAULT 0 NOT NULL,
	`events_discarded` integer DEFAULT 0 NOT NULL
, `clock_ms` integer DEFAULT 0 NOT NULL, `poll_succeeded_at_ms` integer, `paused` text, `draining` integer DEFAULT false NOT NULL, `repeats` text DEFAULT '{}' NOT NULL, `starving_since_ms` integer, `counters` text DEFAULT '{}' NOT NULL, `breaker` text, `last_effect` integer DEFAULT 0 NOT NULL, `pauses` integer DEFAULT 0 NOT NULL, `open_incidents` integer DEFAULT 0 NOT NULL, `pruning` text, `rig_troubles` integer DEFAULT 0 NOT NULL, `checked_as` text, `full` text, `created_by` text, `unkept` text DEFAULT '[]' NOT NULL, `removed_at_ms` integer);
CREATE TABLE `attempt_logs` (
	`fence` integer NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`fence`, `seq`)
);
CREATE TABLE `incidents` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`kind` text NOT NULL,
	`opened_at_ms` integer NOT NULL,
	`closed_at_ms` integer,
	`cause` text NOT NULL,
	`hint` text NOT NULL,
	`evidence` text NOT NULL,
	`healed_by` text
);
CREATE TABLE `ticks` (
	`tick` integer PRIMARY KEY NOT NULL,
	`started_at_ms` integer NOT NULL,
	`completed_at_ms` integer,
	`record` text NOT NULL
);
CREATE TABLE `providers` (
	`id` text PRIMARY KEY NOT NULL,
	`troubles` integer DEFAULT 0 NOT NULL,
	`trouble` text,
	`not_before_ms` integer DEFAULT 0 NOT NULL
, `doubts` text);
CREATE TABLE `spending` (
	`day` integer NOT NULL,
	`scope` text NOT NULL,
	`ms` integer NOT NULL,
	PRIMARY KEY(`day`, `scope`)
);
CREATE TABLE `convoys` (
	`id` text PRIMARY KEY NOT NULL,
	`seq` integer NOT NULL,
	`title` text NOT NULL,
	`state` text NOT NULL,
	`on_failure` text NOT NULL,
	`branch` text,
	`head` text,
	`created_at_ms` integer NOT NULL,
	`closed_at_ms` integer
);
CREATE TABLE `hosts` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`connected_at_ms` integer,
	`seen_at_ms` integer,
	`boot_id` text,
	`created_at_ms` integer NOT NULL
, `breaker` text, `refused` text, `admits` text, `full` text);
CREATE TABLE "effects" (
	`id` integer PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`payload` text NOT NULL,
	`fence` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at_ms` integer NOT NULL
);
CREATE TABLE `removed_hosts` (
	`id` text PRIMARY KEY NOT NULL,
	`last_fence` integer NOT NULL
);
CREATE TABLE `imported_lines` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rig_id` text NOT NULL,
	`type` text NOT NULL,
	`key` text NOT NULL,
	`text` text NOT NULL,
	`at_ms` integer NOT NULL
);
CREATE TABLE `unreadable` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`table_name` text NOT NULL,
	`row_key` text NOT NULL,
	`why` text NOT NULL,
	`lost` text NOT NULL,
	`at_ms` integer NOT NULL
);
CREATE TABLE `answers` (
	`key` text PRIMARY KEY NOT NULL,
	`print` text NOT NULL,
	`at_ms` integer NOT NULL,
	`answer` text
);
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY NOT NULL,
	`tick` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`commands` text NOT NULL
);
CREATE TABLE `removals` (
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`at_ms` integer NOT NULL,
	`row` text NOT NULL,
	`members` text NOT NULL,
	PRIMARY KEY(`kind`, `name`)
);
CREATE TABLE `webhook_attention` (
	`id` integer PRIMARY KEY NOT NULL,
	`items` text NOT NULL
);
CREATE TABLE `webhook_deliveries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`webhook_id` text NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	`state` text DEFAULT 'pending' NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_at_ms` integer,
	`last_status` integer,
	`last_text` text
);
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`secret` text NOT NULL,
	`former_secret` text,
	`former_until_ms` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`failing_since_ms` integer,
	`not_before_ms` integer DEFAULT 0 NOT NULL,
	`given_up` text,
	`created_at_ms` integer NOT NULL
);
CREATE INDEX `attempts_bead` ON `attempts` (`bead_id`,`fence`);
CREATE INDEX `bead_dependencies_blocker` ON `bead_dependencies` (`blocker_id`);
CREATE INDEX `bead_notes_bead` ON `bead_notes` (`bead_id`);
CREATE INDEX `beads_review` ON `beads` (`rig_id`,`priority`,`seq`) WHERE "beads"."status" = 'in_review';
CREATE INDEX `beads_waiting` ON `beads` (`not_before_ms`) WHERE "beads"."not_before_ms" > 0 AND "beads"."status" IN ('open', 'in_progress', 'in_review');
CREATE UNIQUE INDEX `beads_seq` ON `beads` (`seq`);
CREATE INDEX `events_due` ON `events` (`due_at_ms`) WHERE "events"."quarantined_at_ms" is null;
CREATE UNIQUE INDEX `incidents_open` ON `incidents` (`kind`) WHERE "incidents"."closed_at_ms" is null;
CREATE INDEX `agents_rig` ON `agents` (`rig_id`);
CREATE INDEX `beads_spinning` ON `beads` (`dispatch_failures`) WHERE "beads"."dispatch_failures" >= 5;
CREATE INDEX `convoys_branch` ON `convoys` (`branch`) WHERE "convoys"."branch" IS NOT NULL;
CREATE INDEX `beads_reworked` ON `beads` (`updated_at_ms`) WHERE "beads"."reworks" >= 2 AND "beads"."status" IN ('open', 'in_progress', 'in_review');
CREATE INDEX `beads_held` ON `beads` (`seq`) WHERE "beads"."hold" IS NOT NULL;
CREATE INDEX `beads_parent` ON `beads` (`parent_id`) WHERE "beads"."parent_id" IS NOT NULL;
CREATE INDEX `rigs_paused` ON `rigs` (`id`) WHERE "rigs"."paused" IS NOT NULL;
CREATE INDEX `hosts_connected` ON `hosts` (`id`) WHERE "hosts"."connected_at_ms" IS NOT NULL;
CREATE INDEX `agents_aside` ON `agents` (`id`) WHERE ("agents"."paused" IS NOT NULL OR "agents"."not_before_ms" > 0 OR "agents"."troubles" > 0 OR ("agents"."status" = 'idle' AND "agents"."bead_id" IS NOT NULL));
CREATE INDEX `agents_idle` ON `agents` (`rig_id`,`bead_id`,`id`) WHERE "agents"."status" = 'idle';
CREATE UNIQUE INDEX `attempts_live_bead` ON `attempts` (`bead_id`) WHERE ended_at_ms IS NULL;
CREATE UNIQUE INDEX `attempts_live_agent` ON `attempts` (`agent_id`) WHERE ended_at_ms IS NULL AND agent_id IS NOT NULL;
CREATE INDEX `beads_ready` ON `beads` (`rig_id`,`priority`,`unpaid_tries`,`seq`) WHERE "beads"."status" = 'open' AND "beads"."blocked_by" = 0;
CREATE INDEX `rigs_troubled` ON `rigs` (`id`) WHERE ("rigs"."landing_trouble" IS NOT NULL OR "rigs"."push_trouble" IS NOT NULL);
CREATE INDEX `hosts_breaker` ON `hosts` (`id`) WHERE "hosts"."breaker" IS NOT NULL;
CREATE UNIQUE INDEX `imported_lines_key` ON `imported_lines` (`rig_id`,`type`,`key`);
CREATE INDEX `answers_at` ON `answers` (`at_ms`);
CREATE INDEX `webhook_deliveries_pending` ON `webhook_deliveries` (`webhook_id`,`next_at_ms`) WHERE "webhook_deliveries"."state" = 'pending';
CREATE INDEX `beads_blocked` ON `beads` (`seq`) WHERE "beads"."status" = 'open' AND "beads"."blocked_by" <> 0;
CREATE INDEX `beads_records` ON `beads` (`status`) WHERE "beads"."type" = 'record';
CREATE INDEX `beads_parked` ON `beads` (`closed_at_ms`,`seq`) WHERE "beads"."status" = 'failed';
CREATE INDEX `beads_cancelled` ON `beads` (`closed_at_ms`,`seq`) WHERE "beads"."status" = 'cancelled';
CREATE INDEX `beads_convoy` ON `beads` (`convoy_id`,`seq`) WHERE "beads"."convoy_id" IS NOT NULL;
CREATE INDEX `attempts_live_landing` ON `attempts` (`rig_id`) WHERE kind = 'landing' AND ended_at_ms IS NULL;
CREATE INDEX `rigs_landing_at_once` ON `rigs` (`id`) WHERE "rigs"."landings_at_once" > 1;
