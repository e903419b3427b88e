DROP INDEX `beads_parked`;--> statement-breakpoint
DROP INDEX `beads_cancelled`;--> statement-breakpoint
DROP INDEX `beads_convoy`;--> statement-breakpoint
CREATE INDEX `beads_blocked` ON `beads` (`seq`) WHERE "beads"."status" = 'open' AND "beads"."blocked_by" <> 0;--> statement-breakpoint
CREATE INDEX `beads_records` ON `beads` (`status`) WHERE "beads"."type" = 'record';--> statement-breakpoint
CREATE INDEX `beads_parked` ON `beads` (`closed_at_ms`,`seq`) WHERE "beads"."status" = 'failed';--> statement-breakpoint
CREATE INDEX `beads_cancelled` ON `beads` (`closed_at_ms`,`seq`) WHERE "beads"."status" = 'cancelled';--> statement-breakpoint
CREATE INDEX `beads_convoy` ON `beads` (`convoy_id`,`seq`) WHERE "beads"."convoy_id" IS NOT NULL;