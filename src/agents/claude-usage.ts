/** What Claude Code says of the tokens of one call of its model, while it runs. */
import { numberAt, plus, type Said, textAt, type Usage, usageOf } from "./said.ts";

/** Reads the usage of an event or a result; its price comes with the result alone. */
export function usageIn(holder: unknown): Omit<Usage, "costUsd"> {
  const cached = numberAt(holder, "usage", "cache_read_input_tokens");
  return {
    inputTokens:
      numberAt(holder, "usage", "input_tokens") + numberAt(holder, "usage", "cache_creation_input_tokens") + cached,
    outputTokens: numberAt(holder, "usage", "output_tokens"),
    cachedTokens: cached,
  };
}

/** Each block of a message comes as an event of its own, with all that the call has used: it counts once. */
export function spent(message: unknown, said: Said): Pick<Said, "usage" | "call"> | Record<string, never> {
  const id = textAt(message, "id");
  const used = usageIn(message);
  if (id === "" || used.inputTokens + used.outputTokens === 0) return {};
  const before = said.call?.id === id ? said.call.before : said.usage;
  return { usage: plus(before, usageOf(used)), call: { id, before } };
}
