/**
 * A flag with nothing in its value, such as `--state "$NOWHERE"`: what stands in its place is not what was meant. One that is empty
 * where it is left out, as a list, may be given so.
 *
 * @param values by flag, as node's `parseArgs` gives them
 */
export const emptyFlag = (
  values: object,
  options: Record<string, { type: string; default?: unknown }>,
): string | undefined =>
  Object.entries(values).find(
    ([flag, value]) => (Array.isArray(value) ? value.includes("") : value === "") && options[flag]?.default !== "",
  )?.[0];
