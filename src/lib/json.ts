/** What a text is as JSON. Null: `null`, or no JSON at all. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
