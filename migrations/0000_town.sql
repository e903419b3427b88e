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
);
--> statement-breakpoint
CREATE INDEX `agents_idle` ON `agents` (`rig_id`,`bead_id`) WHERE "agents"."status" = 'idle';--> statement-breakpoint
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
);
--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_bead` ON `attempts` (`bead_id`) WHERE state IN ('starting', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_agent` ON `attempts` (`agent_id`) WHERE state IN ('starting', 'running');--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_landing` ON `attempts` (`rig_id`) WHERE kind = 'landing' AND state IN ('starting', 'running');--> statement-breakpoint
CREATE INDEX `attempts_lease` ON `attempts` (`lease_until_ms`) WHERE state IN ('starting', 'running');--> statement-breakpoint
CREATE INDEX `attempts_bead` ON `attempts` (`bead_id`,`fence`);--> statement-breakpoint
CREATE TABLE `bead_dependencies` (
	`bead_id` text NOT NULL,
	`blocker_id` text NOT NULL,
	PRIMARY KEY(`bead_id`, `blocker_id`)
);
--> statement-breakpoint
CREATE INDEX `bead_dependencies_blocker` ON `bead_dependencies` (`blocker_id`);--> statement-breakpoint
CREATE TABLE `bead_notes` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`bead_id` text NOT NULL,
	`at_ms` integer NOT NULL,
	`kind` text NOT NULL,
	`text` text NOT NULL
);
--> statement-breakpoint
CREATE INDEX `bead_notes_bead` ON `bead_notes` (`bead_id`);--> statement-breakpoint
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
);
--> statement-breakpoint
CREATE INDEX `beads_ready` ON `beads` (`rig_id`,`priority`,`seq`) WHERE "beads"."status" = 'open' AND "beads"."blocked_by" = 0;--> statement-breakpoint
CREATE INDEX `beads_review` ON `beads` (`rig_id`,`priority`,`seq`) WHERE "beads"."status" = 'in_review';--> statement-breakpoint
CREATE INDEX `beads_waiting` ON `beads` (`not_before_ms`) WHERE "beads"."not_before_ms" > 0 AND "beads"."status" IN ('open', 'in_progress', 'in_review');--> statement-breakpoint
CREATE UNIQUE INDEX `beads_seq` ON `beads` (`seq`);--> statement-breakpoint
CREATE TABLE `effects` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`action` text NOT NULL,
	`payload` text NOT NULL,
	`fence` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at_ms` integer NOT NULL
);
--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `events_due` ON `events` (`due_at_ms`) WHERE "events"."quarantined_at_ms" is null;--> statement-breakpoint
CREATE TABLE `rigs` (
	`id` text PRIMARY KEY NOT NULL,
	`repo_url` text NOT NULL,
	`default_branch` text NOT NULL,
	`gate` text,
	`max_gate_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
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
);
