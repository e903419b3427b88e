ALTER TABLE `agents` ADD `doubts` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `well_at_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `providers` ADD `doubts` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `strikes` text;