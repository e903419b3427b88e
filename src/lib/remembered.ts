/**
 * What is made of a text, once for all requests. It is remembered when it is there, and not as its promise: that belongs to the
 * request that asked, and is lost with it. For few texts: none is forgotten.
 */
export function remembered<T>(make: (text: string) => Promise<T>): (text: string) => Promise<T> {
  const made = new Map<string, T>();
  return async (text) => {
    const one = made.get(text) ?? (await make(text));
    made.set(text, one);
    return one;
  };
}
