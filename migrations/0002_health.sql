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
--> statement-breakpoint
CREATE UNIQUE INDEX `incidents_open` ON `incidents` (`kind`) WHERE "incidents"."closed_at_ms" is null;--> statement-breakpoint
CREATE TABLE `ticks` (
	`tick` integer PRIMARY KEY NOT NULL,
	`started_at_ms` integer NOT NULL,
	`completed_at_ms` integer,
	`record` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `agents` ADD `enabled` integer DEFAULT true NOT NULL;--> statement-breakpoint
CREATE INDEX `agents_rig` ON `agents` (`rig_id`);--> statement-breakpoint
ALTER TABLE `town` ADD `poll_succeeded_at_ms` integer;--> statement-breakpoint
ALTER TABLE `town` ADD `paused` text;--> statement-breakpoint
ALTER TABLE `town` ADD `draining` integer DEFAULT false NOT NULL;--> statement-breakpoint
ALTER TABLE `town` ADD `repeats` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
ALTER TABLE `town` ADD `starving_since_ms` integer;--> statement-breakpoint
ALTER TABLE `town` ADD `counters` text DEFAULT '{}' NOT NULL;--> statement-breakpoint
CREATE INDEX `beads_spinning` ON `beads` (`dispatch_failures`) WHERE "beads"."dispatch_failures" >= 5;