/** Processes, as /proc has them: for tests, and for programs that no test runner runs. */
import { readdirSync, readFileSync } from "node:fs";

export const readIfThere = (path: string): string => {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
};

export const commandOf = (pid: number): string => readIfThere(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();

/** The processes below one, children's children included. */
export function descendants(ancestor: number): { pid: number; command: string }[] {
  const parents = new Map(
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => {
        const stat = readIfThere(`/proc/${name}/stat`);
        return [Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])] as const;
      }),
  );
  const found: number[] = [ancestor];
  for (const pid of found)
    for (const [child, parent] of parents) if (parent === pid && !found.includes(child)) found.push(child);
  return found
    .slice(1)
    .map((pid) => ({ pid, command: commandOf(pid) }))
    .filter(({ command }) => command !== ""); // gone already
}
