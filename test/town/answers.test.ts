/** What the town's own reads answer is what their schemas say, no field more and none less. */
import { expect, test } from "vitest";
import { z } from "zod";
import { queries } from "../../src/queries/index.ts";
import { call } from "./http.ts";
import { anAgent, aTown, beads, quiet, tamper } from "./town.ts";

test("each read of a town answers what its schema says", async () => {
  const town = await aTown();
  await anAgent(town, "ada", "refuse");
  await beads(town, { title: "one" });
  await quiet(town);
  await call("POST", `/v1/towns/${town.name}/hosts`, { id: "mac" });
  await tamper(
    town,
    "INSERT INTO incidents (kind, opened_at_ms, cause, hint, evidence) VALUES ('late', 1, 'why', 'what', '{}')",
  );
  await tamper(
    town,
    `INSERT INTO unreadable (table_name, row_key, why, lost, at_ms) VALUES ('rigs', 'x', 'y', '{}', 1)`,
  );
  await call("POST", `/v1/towns/${town.name}/webhooks`, { id: "chat", url: "https://chat.example/hook" });
  const ids: Record<string, string> = {
    agent: "ada",
    rig: "lib",
    host: "mac",
    bead: "lib-1",
    fence: "1",
    webhook: "chat",
  };
  // What a host is asked for is not among them: test/town/diff.test.ts.
  const asked = queries.filter(({ name, path }) => !/export|convoy|diff/.test(name) && !/convoy/.test(path));
  for (const query of asked) {
    const path = query.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => ids[name] ?? name);
    const answer = await call("GET", `/v1/towns/${town.name}${path}`);
    expect(answer.status, query.name).toBe(200);
    if ("outputType" in query && query.outputType !== undefined) {
      expect(answer.headers.get("content-type")).toBe(query.outputType);
      continue;
    }
    const body = await answer.json();
    const read = (query.output as z.ZodType).safeParse(body);
    expect(read.error && z.prettifyError(read.error), query.name).toBe(undefined);
    expect(read.data, query.name).toEqual(body);
  }
});
