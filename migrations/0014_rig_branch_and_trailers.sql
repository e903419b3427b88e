ALTER TABLE `rigs` ADD `branch_from` text DEFAULT 'given' NOT NULL;--> statement-breakpoint
ALTER TABLE `rigs` ADD `trailers` integer;