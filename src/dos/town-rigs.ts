import type { Waiting } from "../attempts/rig-waits.ts";
import type { RigChange, RigInput } from "../commands/inputs.ts";
import { existingRig, theRig } from "../db/existing.ts";
import type { Rig } from "../db/schema.ts";
import { readTown } from "../db/town-row.ts";
import { clip, messageOf } from "../lib/text.ts";
import type { LookOrder, Scout } from "../ports/ports.ts";
import type { RigLook } from "../protocol/rig-look.ts";
import { listRigs } from "../queries/reads.ts";
import { rigView } from "../views/rig.ts";
import type { Result } from "./result.ts";
import { TownWork } from "./town-work.ts";

/** Longer than the host takes for it at the most. */
const LOOK_MS = 25_000;
/** What a default branch is called where nobody could say. */
const USUAL = "main";

/** What a town is asked and told about its rigs. A default branch that nobody names is the remote's own. */
export abstract class TownRigs extends TownWork {
  /** Has the host that would get the next run look at something. @throws whatever keeps it from that */
  protected abstract scouted<T>(
    look: (scout: Scout, host: string | null, signal: AbortSignal) => Promise<T>,
    patienceMs: number,
  ): Promise<T>;

  rigs() {
    return this.read((tx) => listRigs(tx).map(rigView));
  }

  rig(id: string) {
    return this.read((tx) => rigView(existingRig(tx, id)));
  }

  /** A rig is added wherever it lies: what its host found comes with the answer. */
  async addRig({ begin = false, ...rig }: RigInput) {
    const { id, repoUrl, defaultBranch } = rig;
    const known = this.read((tx) => theRig(tx).get({ id }) !== undefined);
    if (!known.ok) return known;
    const look = !known.value
      ? await this.#look({ id, repoUrl, ...(defaultBranch && { defaultBranch }) }, begin)
      : null;
    const branch = {
      defaultBranch: USUAL,
      ...(defaultBranch === undefined ? branchFound(look) : given(defaultBranch)),
    };
    return this.#withLook(this.told({ type: "rig_added", payload: { ...rig, ...branch } }, rigView), look);
  }

  async changeRig({ defaultBranch, ...change }: RigChange) {
    const { rig: id, paused } = change;
    const rig = this.read((tx) => existingRig(tx, id));
    if (!rig.ok) return rig;
    const repoUrl = change.repoUrl ?? rig.value.repoUrl;
    const moves = defaultBranch === undefined && repoUrl !== rig.value.repoUrl && rig.value.branchFrom !== "given";
    const names = defaultBranch ?? (moves || defaultBranch === null ? undefined : rig.value.defaultBranch);
    const asks = defaultBranch !== undefined || repoUrl !== rig.value.repoUrl;
    const look = asks ? await this.#look({ id, repoUrl, ...(names && { defaultBranch: names }) }, false) : null;
    const branch = look && names === undefined ? branchFound(look) : defaultBranch && given(defaultBranch);
    const payload = { ...change, ...branch };
    const changed = this.#withLook(this.told({ type: "rig_changed", payload }, rigView), look);
    return paused ? this.afterStarts(changed, (order) => order.rig.id === id) : changed;
  }

  /** Has a host look what is at a rig's URL, and keeps the default branch that it finds, unless somebody has named one. */
  async preflightRig(id: string, begin: boolean) {
    const rig = this.read((tx) => existingRig(tx, id));
    if (!rig.ok) return rig;
    const { repoUrl, defaultBranch, branchFrom } = rig.value;
    const look = await this.#look({ id, repoUrl, ...(branchFrom === "given" && { defaultBranch }) }, begin);
    return this.#withLook({ ok: true, value: rigView(rig.value) }, look);
  }

  retryLandings(rig: string) {
    return this.told({ type: "landings_retried", payload: { rig } }, (done: { rig: Rig; tried: Waiting }) => ({
      ...rigView(done.rig),
      tried: done.tried,
    }));
  }

  /** What a host found comes with the answer, and is kept. @param look null: nobody looked */
  #withLook(
    told: Result<RigView>,
    look: RigLook | null,
  ): Result<RigView & { look?: Omit<RigLook, "branch" | "code"> }> {
    if (!told.ok || !look) return told;
    const { ok, detail, hint, code } = look;
    const { id, repoUrl } = told.value;
    // Whoever has changed it meanwhile has had it looked at anew.
    const kept =
      code === NOT_ASKED ? told : this.told({ type: "rig_looked", payload: { rig: id, repoUrl, look } }, rigView);
    return { ok: true, value: { ...(kept.ok ? kept : told).value, look: { ok, detail, hint } } };
  }

  async #look(rig: LookOrder["rig"], begin: boolean): Promise<RigLook> {
    const town = this.read((tx) => readTown(tx).name);
    if (!town.ok) return notAsked(rig.id, town.problem.detail);
    const ask = (scout: Scout, host: string | null, signal: AbortSignal) =>
      scout.look({ host, town: town.value, rig, begin }, signal);
    return this.scouted(ask, LOOK_MS).catch((error) => notAsked(rig.id, messageOf(error, 500)));
  }
}

const NOT_ASKED = "not_asked";
const notAsked = (rig: string, why: string): RigLook => ({
  ok: false,
  branch: null,
  code: NOT_ASKED,
  detail: clip(`No host could be asked: ${why}`, 600),
  hint: `Ask again once one is there: POST …/rigs/${rig}/preflight.`,
});

type RigView = ReturnType<typeof rigView>;
type Branch = Partial<Pick<Rig, "defaultBranch">> & Pick<Rig, "branchFrom">;

const given = (defaultBranch: string): Branch => ({ defaultBranch, branchFrom: "given" });

const branchFound = (look: RigLook | null): Branch =>
  look?.branch == null ? { branchFrom: "assumed" } : { defaultBranch: look.branch, branchFrom: "remote" };
