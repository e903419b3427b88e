ALTER TABLE `agents` ADD `program` text;--> statement-breakpoint
ALTER TABLE `agents` ADD `preflight` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `step` text;--> statement-breakpoint
ALTER TABLE `attempts` ADD `usage` text;