import { camelCase } from "./camel-case.js";
import { kebabCase } from "./kebab-case.js";

export function renameKeys(object, style) {
  const rename = { kebab: kebabCase, camel: camelCase }[style];
  if (!rename) throw new RangeError(`unknown style: ${style}`);
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [rename(key), value]));
}
