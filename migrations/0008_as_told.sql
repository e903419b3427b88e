DROP INDEX `beads_ready`;--> statement-breakpoint
ALTER TABLE `beads` ADD `unpaid_tries` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
ALTER TABLE `beads` ADD `unpaid_day` integer DEFAULT 0 NOT NULL;--> statement-breakpoint
CREATE INDEX `beads_ready` ON `beads` (`rig_id`,`priority`,`unpaid_tries`,`seq`) WHERE "beads"."status" = 'open' AND "beads"."blocked_by" = 0;--> statement-breakpoint
ALTER TABLE `attempts` ADD `lease_ms` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `heartbeat_ms` integer;--> statement-breakpoint
ALTER TABLE `attempts` ADD `limit_ms` integer;--> statement-breakpoint
UPDATE attempts SET
	lease_ms = (SELECT json_extract(settings, '$.leaseMs') FROM town),
	heartbeat_ms = (SELECT json_extract(settings, '$.heartbeatMs') FROM town),
	limit_ms = CASE kind WHEN 'run' THEN (SELECT max_run_ms FROM agents WHERE agents.id = agent_id) ELSE (SELECT max_gate_ms FROM rigs WHERE rigs.id = rig_id) END
	WHERE ended_at_ms IS NULL;
