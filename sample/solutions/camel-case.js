import { words } from "./words.js";

export function camelCase(text) {
  const [first = "", ...rest] = words(text).map((word) => word.toLowerCase());
  return first + rest.map((word) => word[0].toUpperCase() + word.slice(1)).join("");
}
