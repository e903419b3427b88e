CREATE TABLE `webhook_attention` (
	`id` integer PRIMARY KEY NOT NULL,
	`items` text NOT NULL
);
--> statement-breakpoint
CREATE TABLE `webhook_deliveries` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`webhook_id` text NOT NULL,
	`type` text NOT NULL,
	`body` text NOT NULL,
	`state` text DEFAULT 'pending' NOT NULL,
	`tries` integer DEFAULT 0 NOT NULL,
	`next_at_ms` integer NOT NULL,
	`created_at_ms` integer NOT NULL,
	`last_at_ms` integer,
	`last_status` integer,
	`last_text` text
);
--> statement-breakpoint
CREATE INDEX `webhook_deliveries_pending` ON `webhook_deliveries` (`webhook_id`,`next_at_ms`) WHERE "webhook_deliveries"."state" = 'pending';--> statement-breakpoint
CREATE TABLE `webhooks` (
	`id` text PRIMARY KEY NOT NULL,
	`url` text NOT NULL,
	`events` text NOT NULL,
	`enabled` integer DEFAULT true NOT NULL,
	`secret` text NOT NULL,
	`former_secret` text,
	`former_until_ms` integer DEFAULT 0 NOT NULL,
	`failures` integer DEFAULT 0 NOT NULL,
	`failing_since_ms` integer,
	`not_before_ms` integer DEFAULT 0 NOT NULL,
	`given_up` text,
	`created_at_ms` integer NOT NULL
);
