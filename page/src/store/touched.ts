/** Rises when this page changed something, for what is not told by the stream. */
import { signal } from "@preact/signals";

export const changes = signal(0);
export const touched = (): void => {
  changes.value++;
};
