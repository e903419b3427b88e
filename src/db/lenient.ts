import { customType } from "drizzle-orm/sqlite-core";

/** Whether something was read since it was last asked that is no JSON. Passes are synchronous: what is seen in one is its town's. */
export const damage = { seen: false };

/**
 * JSON that is never a reason to fail: a town goes on, and says how it is, even if some of it can't be read. What was read
 * last is not read again: the town's row is, several times in each pass, and mostly unchanged.
 *
 * @param otherwise what null stands for, and what is no JSON, unless `broken` says otherwise
 */
export function lenient<T>(otherwise: T, whole: (value: T) => T = (value) => value, name = "", broken = otherwise) {
  let last: { text: string; value: T; isBad: boolean } | undefined;
  return customType<{ data: T; driverData: string }>({
    dataType: () => "text",
    toDriver: (value) => JSON.stringify(value),
    fromDriver: (text) => {
      if (last?.text !== text) last = read(text, otherwise, broken, whole);
      if (last.isBad) damage.seen = true;
      return last.value;
    },
  })(name);
}

function read<T>(text: string, otherwise: T, broken: T, whole: (value: T) => T) {
  try {
    return { text, value: Object.freeze(whole((JSON.parse(text) as T | null) ?? otherwise)), isBad: false };
  } catch {
    return { text, value: Object.freeze(whole(broken)), isBad: true };
  }
}
