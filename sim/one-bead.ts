/** A town of one bead and one agent, of whatever tree this stands in: prints what its first pass does, and what is said of the bead. */

import { agentInput, beadsInput, rigInput } from "../src/commands/inputs.ts";
import { theBead } from "../src/db/existing.ts";
import { readTown } from "../src/db/town-row.ts";
import { explainBead, previewPlan } from "../src/queries/explain/index.ts";
import { metricsText } from "../src/queries/metrics.ts";
import { Clockwork } from "./clockwork.ts";
import { nodeEngine } from "./node-engine.ts";
import { SimTown } from "./town.ts";

const yes = async () => true;
const host = { start: yes, land: yes, stop: yes, nudge: yes };
const town = new SimTown(new Clockwork(1), {}, () => host, nodeEngine());
town.tell(
  [
    {
      type: "rig_added",
      payload: { ...rigInput.parse({ id: "lib", repoUrl: "file:///rig", defaultBranch: "main" }), look: null },
    },
    { type: "agent_added", payload: agentInput.parse({ id: "ada", rig: "lib", command: ["x"] }) },
    { type: "beads_created", payload: beadsInput.parse({ beads: [{ rig: "lib", title: "One" }] }) },
  ],
  false,
);
const { nowMs, tx, inFlight } = town;
const { settings, counters } = readTown(tx);
const ctx = { nowMs, random: () => 0.5, settings };
const explained = explainBead(tx, "lib-1", ctx, previewPlan(tx, ctx, inFlight));
const refused = metricsText(tx, nowMs, inFlight).match(/^townkeeper_refused_starts\{.*$/gm);
const shut = explained.gates.filter(({ ok }) => !ok);
const said = { summary: explained.summary, shut, unblock: explained.unblock, refused };
process.stdout.write(JSON.stringify({ title: theBead(tx).get({ id: "lib-1" })?.title, counters, ...said }));
