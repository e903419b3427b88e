import { z } from "zod";
import { CODE_CHARS, words } from "./bounded.ts";

/** How much room a host has for runs, of whichever town. `lacks`: why it starts none for now, whatever places it has (`low_disk`). */
const room = z.object({
  places: z.int().min(0).max(1_000_000),
  free: z.int().min(0).max(1_000_000),
  lacks: words(CODE_CHARS).optional(),
});
export type Room = z.infer<typeof room>;

/** Whatever is no such thing says nothing. */
export const saidRoom = room.optional().catch(undefined);
