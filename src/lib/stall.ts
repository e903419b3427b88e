/** How long a run that lives may show no sign of its agent, and what is done about it: nudge, escalate, stop. */
import { z } from "zod";
import { refusal } from "./guard.ts";
import { earliest } from "./time.ts";

const after = z
  .int()
  .min(1)
  .max(7 * 86_400_000)
  .nullable();

/** Milliseconds of silence; null: that tier is left out. */
export const stallTiers = z.strictObject({ nudgeMs: after, escalateMs: after, stopMs: after });
export type StallTiers = z.infer<typeof stallTiers>;

/** Roles are any words; what one leaves out is the town's. */
export const stallByRole = z
  .record(z.string().min(1).max(60), stallTiers.partial())
  .refine((roles) => Object.keys(roles).length <= 50, "at most 50 roles");

export interface StallSettings {
  stall: StallTiers;
  stallByRole: z.infer<typeof stallByRole>;
}

export const defaultStall: StallTiers = {
  nudgeMs: 20 * 60_000,
  escalateMs: 45 * 60_000,
  /** A quiet build of forty minutes is no stall, even on a host that can't see its work. */
  stopMs: 2 * 3_600_000,
};

export const NUDGED = 1;
export const ESCALATED = 2;
export const STOPPED = 3;

const inOrder = ({ nudgeMs, escalateMs, stopMs }: StallTiers) => [nudgeMs, escalateMs, stopMs];

function tiersOf({ stall, stallByRole: roles }: StallSettings, role: string): StallTiers {
  const {
    nudgeMs = stall.nudgeMs,
    escalateMs = stall.escalateMs,
    stopMs = stall.stopMs,
  } = (Object.hasOwn(roles, role) && roles[role]) || {};
  return { nudgeMs, escalateMs, stopMs };
}

/** The highest tier whose time has come: 0 is none. */
export function tierAfter(settings: StallSettings, role: string, silentMs: number): number {
  return inOrder(tiersOf(settings, role)).findLastIndex((ms) => ms !== null && ms <= silentMs) + 1;
}

/** By the tier that was reached: after how much silence the next one comes. */
const waits = (tiers: StallTiers): (number | null)[] =>
  [0, 1, 2].map((reached) => inOrder(tiers).find((ms, tier) => tier >= reached && ms !== null) ?? null);

/** An agent that was silent for less has reached no tier. Null: there are none. */
export function shortestWait(settings: StallSettings): number | null {
  const roles = Object.keys(settings.stallByRole).map((role) => tiersOf(settings, role));
  return earliest(...[settings.stall, ...roles].flatMap(inOrder));
}

/** The same for all roles, as SQL can read it. */
export const waitsJson = (settings: StallSettings): { usual: string; byRole: string } => ({
  usual: JSON.stringify(waits(settings.stall)),
  byRole: JSON.stringify(
    Object.fromEntries(Object.keys(settings.stallByRole).map((role) => [role, waits(tiersOf(settings, role))])),
  ),
});

/** Tiers rise, or an earlier one would never be seen. @throws Refusal 422 */
export function refuseFallingTiers(settings: StallSettings): void {
  for (const role of [null, ...Object.keys(settings.stallByRole)]) {
    const given = inOrder(role === null ? settings.stall : tiersOf(settings, role)).filter((ms) => ms !== null);
    if (given.every((ms, index) => index === 0 || ms > (given[index - 1] as number))) continue;
    const where = role === null ? "stall" : `stallByRole.${role}`;
    throw refusal(
      422,
      "stall_tiers_fall",
      `${where}: the tiers come to ${given.join(", ")} ms, and each must be longer than the one before.`,
      "nudgeMs < escalateMs < stopMs; null leaves one out. What a role leaves out is the town's.",
    );
  }
}

/** Whole units, never rounded up. */
export function spanText(ms: number): string {
  const minutes = Math.floor(Math.max(0, ms) / 60_000);
  if (minutes < 1) return `${Math.floor(Math.max(0, ms) / 1_000)} s`;
  if (minutes < 120) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h${minutes % 60 > 0 ? ` ${minutes % 60} min` : ""}`;
}
