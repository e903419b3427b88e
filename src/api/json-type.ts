import type { Context } from "hono";
import { Refusal } from "../lib/guard.ts";

/**
 * Bodies are JSON. No type at all, and what curl says of `-d` when it isn't told otherwise, pass for it.
 *
 * @throws Refusal 415
 */
export function requireJsonType(c: Context): void {
  const type = (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type === "" || /^[\w.-]+\/(?:[\w.-]+\+)?json$/.test(type) || type === "application/x-www-form-urlencoded") return;
  throw new Refusal({
    status: 415,
    code: "not_json",
    detail: `A body of type ${type.slice(0, 100)} can't be read here.`,
    hint: "Send a JSON object with content-type: application/json.",
  });
}
