ALTER TABLE `town` ADD `full` text;--> statement-breakpoint
ALTER TABLE `hosts` ADD `full` text;