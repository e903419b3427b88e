CREATE TABLE `hosts` (
	`id` text PRIMARY KEY NOT NULL,
	`token_hash` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`connected_at_ms` integer,
	`seen_at_ms` integer,
	`boot_id` text,
	`created_at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE INDEX `hosts_connected` ON `hosts` (`id`) WHERE "hosts"."connected_at_ms" IS NOT NULL;--> statement-breakpoint
ALTER TABLE `attempts` ADD `host_id` text;