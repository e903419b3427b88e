import { eq } from "drizzle-orm";
import { hosts } from "../../src/db/schema.ts";
import { refusalOf, type Standing } from "../../src/dos/host-door.ts";
import { PROTOCOL } from "../../src/protocol/common.ts";
import type { Fact } from "../../src/reconciler/ingest.ts";
import type { Clockwork } from "../clockwork.ts";
import type { SimTown } from "../town.ts";

/** With which each machine has joined. */
export const TOKEN = "0".repeat(64);

const DIALS_EVERY_MS = 20_000;
/** As the town does: one that dials for ever is not put on record each time. */
const NOTED_EVERY_MS = 30_000;

/** A machine whose host program dials until it is let in. */
export interface Machine {
  host: string;
  boot: string;
  token: string;
  protocol: number;
  isOn: boolean;
}

/** Where machines dial in: who is let in is judged by the town's own function. */
export class Door {
  readonly #clock: Clockwork;
  readonly #town: SimTown;
  readonly #tell: (fact: Fact) => void;
  readonly #standing = new Map<string, Standing & { bootId: string }>();
  /** Why machines were not let in, as they were told. */
  readonly told: string[] = [];

  constructor(clock: Clockwork, town: SimTown, tell: (fact: Fact) => void) {
    this.#clock = clock;
    this.#town = town;
    this.#tell = tell;
  }

  joins(host: string, boot: string): void {
    this.#tell({ type: "host_connected", payload: { host, bootId: boot } });
    this.#standing.set(host, { bootId: boot, silentInMs: 30_000 });
  }

  /** Its connection is ended. */
  dismiss(host: string): void {
    if (!this.#standing.delete(host)) return;
    const isThere = this.#town.tx.select().from(hosts).where(eq(hosts.id, host)).get() !== undefined;
    if (isThere) this.#tell({ type: "host_disconnected", payload: { host } });
  }

  /** From now on it dials, until it is switched off. */
  dials(of: Pick<Machine, "host" | "boot"> & Partial<Machine>): Machine {
    const machine: Machine = { token: TOKEN, protocol: PROTOCOL, isOn: true, ...of };
    const dial = () => {
      if (!machine.isOn) return;
      if (this.#standing.get(machine.host)?.bootId !== machine.boot) this.#dial(machine);
      this.#clock.after(DIALS_EVERY_MS, dial);
    };
    dial();
    return machine;
  }

  #dial({ host, boot, token, protocol }: Machine): void {
    const { nowMs } = this.#town;
    const row = this.#town.tx.select().from(hosts).where(eq(hosts.id, host)).get();
    const caller = { host, bootId: boot, tokenHash: token, protocol };
    const why = refusalOf(row, caller, this.#standing.get(host) ?? null, nowMs);
    if (!why) {
      this.joins(host, boot);
      return;
    }
    this.told.push(why.code);
    if (!row) return;
    const { refused } = row;
    if (refused?.code === why.code && refused.bootId === boot && nowMs - refused.lastMs < NOTED_EVERY_MS) return;
    this.#tell({ type: "host_refused", payload: { host, bootId: boot, code: why.code } } as Fact);
  }
}
