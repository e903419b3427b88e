import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { JSON_LINES } from "../lib/operation.ts";
import { cursorOf, exportQuery } from "./contract.ts";
import { queryOf, townOf, unwrap } from "./problem.ts";

/** The header that says where the next page begins; the last page has none. */
const NEXT = "next-cursor";

/** Beads in the format of `bd export`, below `/v1/towns`. */
export const transfer = new Hono<{ Bindings: Env }>().get("/:town/beads:export", async (c) => {
  const { rig, limit, cursor } = queryOf(c, exportQuery);
  const town = townOf(c);
  if (limit !== undefined || cursor !== undefined) {
    const { lines, after } = unwrap(await town.exportBeads(rig, cursor ?? 0, limit));
    const next = after === null ? {} : { [NEXT]: cursorOf(after) };
    return c.body(lines.map((line) => `${line}\n`).join(""), 200, { ...next, "content-type": JSON_LINES });
  }
  const first = unwrap(await town.exportBeads(rig, 0));
  let page: typeof first | null = first;
  const pages = new ReadableStream<string>({
    async pull(controller) {
      if (page === null) return controller.close();
      controller.enqueue(page.lines.map((line) => `${line}\n`).join(""));
      page = page.after === null ? null : unwrap(await town.exportBeads(rig, page.after));
    },
  });
  return c.body(pages.pipeThrough(new TextEncoderStream()), 200, { "content-type": JSON_LINES });
});
