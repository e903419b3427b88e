import type { Command } from "commander";

/** What only looks can look again. */
export const looking = (command: Command): Command =>
  command.option("-w, --watch", "again whenever it changes, until Ctrl-C");

export interface Looking {
  watch?: boolean;
}
