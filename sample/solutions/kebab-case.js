import { words } from "./words.js";

export function kebabCase(text) {
  return words(text)
    .map((word) => word.toLowerCase())
    .join("-");
}
