/** `npm run town`: see `usage` in town/options.ts. Only composes. */
import { TownApi } from "./api.ts";
import { outliveReaders } from "./closed-pipes.ts";
import { Fault, messageOf } from "./fault.ts";
import { faultOf, problemLine } from "./town/faults.ts";
import { runNoun } from "./town/nouns/index.ts";
import { isAboutThing, parseTownOptions, usage, withTownNamed } from "./town/options.ts";
import { runVerb } from "./town/run.ts";

async function main(): Promise<number> {
  const args = withTownNamed(process.argv.slice(2));
  if (isAboutThing(args)) return runNoun(args, process.env);
  const options = parseTownOptions(args, process.env);
  if (options === "help") {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const { lines, answer, code } = await runVerb(new TownApi(options.url, options.token), options);
    process.stdout.write(`${options.json ? JSON.stringify(answer) : lines.join("\n")}\n`);
    return code;
  } catch (error) {
    if (!options.json) throw faultOf(error, options);
    process.stderr.write(problemLine(error, options));
    const fault = faultOf(error, options);
    return fault instanceof Fault ? fault.exitCode : 1;
  }
}

outliveReaders();
main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    const detail = error instanceof Fault ? error.message : ((error as Error).stack ?? messageOf(error));
    process.stderr.write(`town: ${detail}\n`);
    process.exitCode = error instanceof Fault ? error.exitCode : 1;
  },
);
