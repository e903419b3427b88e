ALTER TABLE `town` ADD `last_effect` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `town` ADD `pauses` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `town` ADD `open_incidents` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
UPDATE `town` SET `last_effect` = (SELECT coalesce(max(`id`), 0) FROM `effects`), `pauses` = (SELECT count(*) FROM `rigs` WHERE `paused` IS NOT NULL) + (SELECT count(*) FROM `agents` WHERE `paused` IS NOT NULL), `open_incidents` = (SELECT count(*) FROM `incidents` WHERE `closed_at_ms` IS NULL);--> statement-breakpoint
DROP INDEX `agents_cooling`;--> statement-breakpoint
DROP INDEX `agents_paused`;--> statement-breakpoint
DROP INDEX `agents_idle`;--> statement-breakpoint
CREATE INDEX `agents_aside` ON `agents` (`id`) WHERE ("agents"."paused" IS NOT NULL OR "agents"."not_before_ms" > 0 OR "agents"."troubles" > 0 OR ("agents"."status" = 'idle' AND "agents"."bead_id" IS NOT NULL));--> statement-breakpoint
CREATE INDEX `agents_idle` ON `agents` (`rig_id`,`bead_id`,`id`) WHERE "agents"."status" = 'idle';--> statement-breakpoint
DROP INDEX `attempts_lease`;--> statement-breakpoint
DROP INDEX `attempts_live_bead`;--> statement-breakpoint
DROP INDEX `attempts_live_agent`;--> statement-breakpoint
DROP INDEX `attempts_live_landing`;--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_bead` ON `attempts` (`bead_id`) WHERE ended_at_ms IS NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_agent` ON `attempts` (`agent_id`) WHERE ended_at_ms IS NULL AND agent_id IS NOT NULL;--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_landing` ON `attempts` (`rig_id`) WHERE kind = 'landing' AND ended_at_ms IS NULL;--> statement-breakpoint
CREATE TABLE `__new_effects` (
	`id` integer PRIMARY KEY NOT NULL,
	`action` text NOT NULL,
	`payload` text NOT NULL,
	`fence` integer NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`due_at_ms` integer NOT NULL
);--> statement-breakpoint
INSERT INTO `__new_effects`("id", "action", "payload", "fence", "tries", "due_at_ms") SELECT "id", "action", "payload", "fence", "tries", "due_at_ms" FROM `effects`;--> statement-breakpoint
DROP TABLE `effects`;--> statement-breakpoint
ALTER TABLE `__new_effects` RENAME TO `effects`;
