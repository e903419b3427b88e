CREATE TABLE `answers` (
	`key` text PRIMARY KEY NOT NULL,
	`print` text NOT NULL,
	`at_ms` integer NOT NULL,
	`answer` text
);
--> statement-breakpoint
CREATE INDEX `answers_at` ON `answers` (`at_ms`);--> statement-breakpoint
CREATE TABLE `audit` (
	`id` integer PRIMARY KEY NOT NULL,
	`tick` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`commands` text NOT NULL
);
--> statement-breakpoint
ALTER TABLE `town` ADD `created_by` text;--> statement-breakpoint
ALTER TABLE `bead_notes` ADD `by` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `created_by` text;