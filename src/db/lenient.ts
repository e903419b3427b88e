import { customType } from "drizzle-orm/sqlite-core";

/**
 * JSON that is never a reason to fail: a town goes on, and says how it is, even if some of it can't be read. What was read
 * last is not read again: the town's row is, several times in each pass, and mostly unchanged.
 */
export function lenient<T>(otherwise: T, whole: (value: T) => T = (value) => value, name = "") {
  let last: { text: string; value: T } | undefined;
  return customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (text) => {
      if (last?.text !== text) last = { text, value: Object.freeze(whole(parsed(text, otherwise))) };
      return last.value;
    },
  })(name);
}

function parsed<T>(text: string, otherwise: T): T {
  try {
    return (JSON.parse(text) as T | null) ?? otherwise;
  } catch {
    return otherwise;
  }
}
