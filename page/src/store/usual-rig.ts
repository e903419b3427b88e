/** The rig that a form begins with: the one that the board is narrowed to, else the one that was used last. */
import { signal } from "@preact/signals";
import { rigs } from "./state.ts";

/** Empty: all. */
export const rigFilter = signal("");
let lastUsed = "";

export const used = (rig: string | undefined): void => {
  lastUsed = rig ?? lastUsed;
};

export const usualRig = (): string | undefined =>
  [rigFilter.peek(), lastUsed].find((id) => rigs.peek().some((rig) => rig.id === id));
