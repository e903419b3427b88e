ALTER TABLE `agents` ADD `start_from` text;--> statement-breakpoint
ALTER TABLE `rigs` ADD `start_from` text;--> statement-breakpoint
ALTER TABLE `rigs` ADD `no_change` text DEFAULT 'close' NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `start_from` text;--> statement-breakpoint
ALTER TABLE `beads` ADD `closed_as` text;