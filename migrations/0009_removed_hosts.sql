CREATE TABLE `removed_hosts` (
	`id` text PRIMARY KEY NOT NULL,
	`last_fence` integer NOT NULL
);
