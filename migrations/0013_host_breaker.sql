ALTER TABLE `hosts` ADD `breaker` text;--> statement-breakpoint
CREATE INDEX `hosts_breaker` ON `hosts` (`id`) WHERE "hosts"."breaker" IS NOT NULL;