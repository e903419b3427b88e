ALTER TABLE `rigs` ADD `landing_trouble` text;--> statement-breakpoint
ALTER TABLE `rigs` ADD `push_trouble` text;--> statement-breakpoint
CREATE INDEX `rigs_troubled` ON `rigs` (`id`) WHERE ("rigs"."landing_trouble" IS NOT NULL OR "rigs"."push_trouble" IS NOT NULL);--> statement-breakpoint
ALTER TABLE `town` ADD `rig_troubles` integer DEFAULT 0 NOT NULL;