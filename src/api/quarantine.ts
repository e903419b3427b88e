import { Hono } from "hono";
import type { Env } from "../dos/env.ts";
import { cursorOf, dismissalBody, eventParam, incidentParam, pageQuery, unreadableParam } from "./contract.ts";
import { paramOf, parse, queryOf, readJson, townOf, unwrap } from "./problem.ts";

/** What is for a person to read, and to dismiss: facts that could never be applied, and what nothing can end; below `/v1/towns`. */
export const quarantine = new Hono<{ Bindings: Env }>()
  .get("/:town/quarantine", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).quarantine({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  })
  .delete("/:town/quarantine", async (c) => c.json(unwrap(await townOf(c).dismiss(null))))
  .delete("/:town/quarantine/:event", async (c) =>
    c.json(unwrap(await townOf(c).dismiss(paramOf(c, "event", eventParam)))),
  )
  .get("/:town/unreadable", async (c) => {
    const { cursor, limit } = queryOf(c, pageQuery);
    const items = unwrap(await townOf(c).unreadable({ limit, before: cursor }));
    const last = items.length === limit ? items.at(-1) : undefined;
    return c.json({ items, nextCursor: last ? cursorOf(last.id) : null });
  })
  .delete("/:town/unreadable/:id", async (c) =>
    c.json(unwrap(await townOf(c).dismissUnreadable(paramOf(c, "id", unreadableParam)))),
  )
  .post("/:town/incidents/:incident/dismiss", async (c) => {
    const incident = paramOf(c, "incident", incidentParam);
    return c.json(
      unwrap(await townOf(c).dismissIncident({ incident, ...parse(dismissalBody, await readJson(c, {})) })),
    );
  });
