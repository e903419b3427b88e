CREATE TABLE `attempt_logs` (
	`fence` integer NOT NULL,
	`seq` integer NOT NULL,
	`at_ms` integer NOT NULL,
	`text` text NOT NULL,
	PRIMARY KEY(`fence`, `seq`)
);
--> statement-breakpoint
DROP INDEX `attempts_live_bead`;--> statement-breakpoint
DROP INDEX `attempts_live_agent`;--> statement-breakpoint
DROP INDEX `attempts_live_landing`;--> statement-breakpoint
DROP INDEX `attempts_lease`;--> statement-breakpoint
ALTER TABLE `attempts` ADD `host_boot_id` text;--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_bead` ON `attempts` (`bead_id`) WHERE state IN ('starting', 'running', 'stopping');--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_agent` ON `attempts` (`agent_id`) WHERE state IN ('starting', 'running', 'stopping');--> statement-breakpoint
CREATE UNIQUE INDEX `attempts_live_landing` ON `attempts` (`rig_id`) WHERE kind = 'landing' AND state IN ('starting', 'running', 'stopping');--> statement-breakpoint
CREATE INDEX `attempts_lease` ON `attempts` (`lease_until_ms`) WHERE state IN ('starting', 'running', 'stopping');--> statement-breakpoint
ALTER TABLE `agents` ADD `troubles` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `agents` ADD `trouble` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `not_before_ms` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `agents_cooling` ON `agents` (`not_before_ms`) WHERE "agents"."not_before_ms" > 0;--> statement-breakpoint
ALTER TABLE `town` ADD `clock_ms` integer DEFAULT 0 NOT NULL;