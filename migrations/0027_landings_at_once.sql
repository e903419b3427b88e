DROP INDEX `attempts_live_landing`;--> statement-breakpoint
CREATE INDEX `attempts_live_landing` ON `attempts` (`rig_id`) WHERE kind = 'landing' AND ended_at_ms IS NULL;--> statement-breakpoint
ALTER TABLE `rigs` ADD `landings_at_once` integer DEFAULT 1 NOT NULL;--> statement-breakpoint
CREATE INDEX `rigs_landing_at_once` ON `rigs` (`id`) WHERE "rigs"."landings_at_once" > 1;