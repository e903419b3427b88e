CREATE TABLE `imported_lines` (
	`id` integer PRIMARY KEY AUTOINCREMENT NOT NULL,
	`rig_id` text NOT NULL,
	`type` text NOT NULL,
	`key` text NOT NULL,
	`text` text NOT NULL,
	`at_ms` integer NOT NULL
);
--> statement-breakpoint
CREATE UNIQUE INDEX `imported_lines_key` ON `imported_lines` (`rig_id`,`type`,`key`);