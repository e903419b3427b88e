CREATE TABLE `removals` (
	`kind` text NOT NULL,
	`name` text NOT NULL,
	`at_ms` integer NOT NULL,
	`row` text NOT NULL,
	`members` text NOT NULL,
	PRIMARY KEY(`kind`, `name`)
);
--> statement-breakpoint
ALTER TABLE `town` ADD `removed_at_ms` integer;