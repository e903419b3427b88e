/**
 * What each world says to its storage and hears from it, as a number: `node sim/traces.ts [options of npm run sim]`. A change that
 * keeps what the engine does keeps every line of this, so the lines from before and after are compared with `diff`.
 */
import { parseOptions, usage } from "./options.ts";
import { traceInNode } from "./run-in-node.ts";

const options = parseOptions(process.argv.slice(2));
if (options === "help") process.stdout.write(usage);
else {
  const { first, seeds, hours, restless, joined, troubled } = options;
  for (let seed = first; seed < first + seeds; seed++) {
    const { trace, outcome } = await traceInNode({ seed, hours, restless, joined, troubled });
    const failed = outcome.violations.length > 0 ? ` ${outcome.violations.length} violations` : "";
    process.stdout.write(`${seed} ${trace.hash} ${trace.entries} statements in ${outcome.steps} steps${failed}\n`);
  }
}
