import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { importText, rigQuery } from "./contract.ts";
import { parse, queryOf, townOf, unwrap } from "./problem.ts";

/** Beads in the format of `bd export`, below `/v1/towns`. */
export const transfer = new Hono<{ Bindings: Env }>()
  .get("/:town/beads:export", async (c) => {
    const { rig } = queryOf(c, rigQuery);
    const town = townOf(c);
    const first = unwrap(await town.exportBeads(rig, 0));
    let page: typeof first | null = first;
    const pages = new ReadableStream<string>({
      async pull(controller) {
        if (page === null) return controller.close();
        controller.enqueue(page.lines.map((line) => `${line}\n`).join(""));
        page = page.after === null ? null : unwrap(await town.exportBeads(rig, page.after));
      },
    });
    return c.body(pages.pipeThrough(new TextEncoderStream()), 200, { "content-type": "application/x-ndjson" });
  })
  .post("/:town/beads:import", async (c) => {
    const { rig } = queryOf(c, rigQuery);
    const text = parse(importText, await c.req.text());
    return c.json(unwrap(await townOf(c).importBeads({ rig, text })));
  });
