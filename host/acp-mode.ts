import { listAt, textAt } from "../src/agents/said.ts";

/** What adapters call the mode in which no person is asked. Left alone, some have their model judge each command, and pay for that. */
const FULL_ACCESS: ReadonlySet<string> = new Set(["bypassPermissions", "agent-full-access", "full-access", "yolo"]);

/** The choice of a mode that asks for nothing, where there is one; null: it asks, and is answered. */
export function fullAccessIn(options: unknown): { configId: string; value: string } | null {
  const modes = listAt({ options }, "options").find((option) => textAt(option, "category") === "mode");
  const full = listAt(modes, "options").find(
    (mode) =>
      FULL_ACCESS.has(textAt(mode, "value")) || textAt(mode, "_meta", "jetbrains", "air", "kind") === "full_access",
  );
  return full ? { configId: textAt(modes, "id"), value: textAt(full, "value") } : null;
}
