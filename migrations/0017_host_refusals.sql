ALTER TABLE `hosts` ADD `refused` text;--> statement-breakpoint
ALTER TABLE `hosts` ADD `admits` text;