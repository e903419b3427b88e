import { z } from "zod";
import { CODE_CHARS, words } from "./bounded.ts";

/** How much room a host has for runs, of all towns. `lacks`: why it starts none for now, although it has places (`low_disk`). */
const room = z.object({
  places: z.int().min(0).max(1_000_000),
  free: z.int().min(0).max(1_000_000),
  lacks: words(CODE_CHARS).optional(),
});
export type Room = z.infer<typeof room>;

/** Any other value says nothing. */
export const saidRoom = room.optional().catch(undefined);
