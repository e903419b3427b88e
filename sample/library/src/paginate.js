/**
 * One page of a list. Pages count from 1; a number outside of 1 to pages means the nearest page.
 *
 *     paginate(["a", "b", "c"], 2, 2) // { page: 2, pages: 2, items: ["c"] }
 */
export function paginate(list, size, page) {
  throw new Error("paginate is not written yet");
}
