import { z } from "zod";
import { exportBeads } from "../beads/export.ts";
import { JSON_LINES, textPage } from "../lib/operation.ts";
import { slug } from "../protocol/common.ts";
import { defineQuery } from "./define.ts";
import { cursorOf, page } from "./page.ts";

export const exportBeadsQuery = defineQuery({
  name: "export-beads",
  path: "/beads:export",
  scope: "beads:read",
  summary: "Exports a rig's beads in the format of `bd export`, a JSON object a line: all of them, or a page.",
  query: z.strictObject({ rig: slug, limit: page.limit.unwrap().optional(), cursor: page.cursor }),
  output: textPage,
  outputType: JSON_LINES,
  read(tx, { rig, limit, cursor = 0 }) {
    const { lines, after } = exportBeads(tx, rig, cursor, limit);
    return { text: lines.map((line) => `${line}\n`).join(""), nextCursor: after === null ? null : cursorOf(after) };
  },
});
