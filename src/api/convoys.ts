import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { convoyBody, convoyInput, cursorOf, membersChange, pageQuery } from "./contract.ts";
import { created } from "./http.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";

/** Beads that belong together, below `/v1/towns`. */
export const convoys = new Hono<{ Bindings: Env }>()
  .post("/:town/convoys", async (c) => {
    const convoy = unwrap(await townOf(c).createConvoy(parse(convoyInput, await readJson(c))));
    return created(c, convoy, convoy.id);
  })
  .get("/:town/convoys", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const rows = unwrap(await townOf(c).convoys({ limit, before: cursor }));
    const last = rows.length === limit ? rows.at(-1) : undefined;
    return c.json({ items: rows.map(({ view }) => view), nextCursor: last ? cursorOf(last.seq) : null });
  })
  .get("/:town/convoys/:convoy", async (c) => c.json(unwrap(await townOf(c).convoy(paramOf(c, "convoy")))))
  .post("/:town/convoys/:convoy/start", async (c) => c.json(unwrap(await townOf(c).startConvoy(paramOf(c, "convoy")))))
  .post("/:town/convoys/:convoy/hold", async (c) => {
    const convoy = paramOf(c, "convoy");
    return c.json(unwrap(await townOf(c).holdConvoy({ convoy, ...parse(convoyBody, await readJson(c)) })));
  })
  .post("/:town/convoys/:convoy/cancel", async (c) => {
    const convoy = paramOf(c, "convoy");
    return c.json(unwrap(await townOf(c).cancelConvoy({ convoy, ...parse(convoyBody, await readJson(c)) })));
  })
  .post("/:town/convoys/:convoy/beads", async (c) => {
    const convoy = paramOf(c, "convoy");
    return c.json(unwrap(await townOf(c).changeMembers(convoy, parse(membersChange, await readJson(c)))));
  });
