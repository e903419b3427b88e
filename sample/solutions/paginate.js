import { chunk } from "./chunk.js";
import { clamp } from "./clamp.js";

export function paginate(list, size, page) {
  const all = chunk(list, size);
  const pages = Math.max(1, all.length);
  const shown = clamp(page, 1, pages);
  return { page: shown, pages, items: all[shown - 1] ?? [] };
}
