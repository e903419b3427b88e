import type { Quarantined } from "../db/quarantine.ts";
import { iso } from "../lib/time.ts";

export const quarantinedView = ({ receivedAtMs, quarantinedAtMs, isCut, ...event }: Quarantined) => ({
  ...event,
  truncated: isCut,
  receivedAt: iso(receivedAtMs),
  quarantinedAt: iso(quarantinedAtMs),
});
