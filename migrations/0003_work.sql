CREATE TABLE `providers` (
	`id` text PRIMARY KEY NOT NULL,
	`troubles` integer DEFAULT 0 NOT NULL,
	`trouble` text,
	`not_before_ms` integer DEFAULT 0 NOT NULL
);
--> statement-breakpoint
CREATE TABLE `spending` (
	`day` integer NOT NULL,
	`scope` text NOT NULL,
	`ms` integer NOT NULL,
	PRIMARY KEY(`day`, `scope`)
);
--> statement-breakpoint
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
--> statement-breakpoint
CREATE INDEX `convoys_branch` ON `convoys` (`branch`) WHERE "convoys"."branch" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `agents` ADD `paused` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `provider` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `last_fence` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `agents_paused` ON `agents` (`id`) WHERE "agents"."paused" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `stall` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `charged_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `bead_dependencies` ADD `type` text DEFAULT 'blocks' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `acceptance` text DEFAULT '' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `labels` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `metadata` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `parent_id` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `convoy_id` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `touches` text DEFAULT '[]' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `hold` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `lands_on` text;--> statement-breakpoint
CREATE INDEX `beads_reworked` ON `beads` (`updated_at_ms`) WHERE "beads"."reworks" >= 2 AND "beads"."status" IN ('open', 'in_progress', 'in_review');--> statement-breakpoint
CREATE INDEX `beads_held` ON `beads` (`seq`) WHERE "beads"."hold" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `beads_parked` ON `beads` (`closed_at_ms`) WHERE "beads"."status" = 'failed';--> statement-breakpoint
CREATE INDEX `beads_parent` ON `beads` (`parent_id`) WHERE "beads"."parent_id" IS NOT NULL;--> statement-breakpoint
CREATE INDEX `beads_convoy` ON `beads` (`convoy_id`) WHERE "beads"."convoy_id" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `rigs` ADD `paused` text;--> statement-breakpoint
ALTER TABLE `rigs` ADD `max_agents` integer;--> statement-breakpoint
ALTER TABLE `rigs` ADD `max_in_review` integer;--> statement-breakpoint
CREATE INDEX `rigs_paused` ON `rigs` (`id`) WHERE "rigs"."paused" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `town` ADD `breaker` text;