import type { Context } from "hono";
import { Refusal } from "../lib/guard.ts";

/**
 * Bodies are JSON. No type at all, and what curl says of `-d` when it isn't told otherwise, pass for it.
 *
 * @throws Refusal 415
 */
export function requireJsonType(c: Context): void {
  if (!/^[\w.-]+\/(?:[\w.-]+\+)?json$/.test(typeOf(c)))
    refuseBut(c, [], "Send a JSON object with content-type: application/json.");
}

/** Lines of JSON have several names, and none that everybody knows. @throws Refusal 415 */
export const requireLinesType = (c: Context): void =>
  refuseBut(
    c,
    [
      ...["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"],
      ...["application/json", "application/octet-stream", "text/plain"],
    ],
    "Send lines of JSON with content-type: application/x-ndjson.",
  );

const typeOf = (c: Context): string =>
  (c.req.header("content-type") ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";

function refuseBut(c: Context, taken: readonly string[], hint: string): void {
  const type = typeOf(c);
  if (type === "" || type === "application/x-www-form-urlencoded" || taken.includes(type)) return;
  const detail = `A body of type ${type.slice(0, 100)} can't be read here.`;
  throw new Refusal({ status: 415, code: "not_json", detail, hint });
}
