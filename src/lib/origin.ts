/** Who asks for a command, and how it came. The Worker says so, by the token that the request came with; nothing in the request does. */
import { z } from "zod";

/** `operator`: whoever has the server's own token. `token`: one that was made for a person or a program. `person`: signed in by Cloudflare Access. */
export const actorSchema = z
  .object({ type: z.enum(["operator", "token", "person"]), id: z.string(), name: z.string() })
  .meta({
    id: "Actor",
    description: "Who asked: by the token that the request came with, or as Cloudflare Access says.",
  });
export type Actor = z.output<typeof actorSchema>;

export const WAYS = ["api", "town", "page", "mcp"] as const;

export const originSchema = z.object({
  actor: actorSchema,
  requestId: z.string().describe("the answer's `x-request-id`"),
  way: z.enum(WAYS).describe("what the request came by, as the client says: a program, `town`, the page, MCP"),
  path: z.string().describe("what was asked for, below the town"),
});
export type Origin = z.output<typeof originSchema>;

export const OPERATOR: Actor = { type: "operator", id: "operator", name: "operator" };

/** In a sentence. Null: it did not come by the Worker. */
export function actorWords(actor: Actor | null | undefined): string {
  if (actor?.type === "person") return actor.name;
  return actor?.type === "token" ? `${actor.name} (token ${actor.id})` : "an operator";
}
