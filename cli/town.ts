/** `npm run town`: see `usage` in town/options.ts. Only composes. */
import { ApiProblem, TownApi } from "./api.ts";
import { Fault, messageOf } from "./fault.ts";
import { parseTownOptions, usage } from "./town/options.ts";
import { runVerb } from "./town/run.ts";

const UNREACHABLE = 3;

async function main(): Promise<number> {
  const options = parseTownOptions(process.argv.slice(2), process.env);
  if (options === "help") {
    process.stdout.write(usage);
    return 0;
  }
  try {
    const { lines, answer, code } = await runVerb(new TownApi(options.url, options.token), options);
    process.stdout.write(`${options.json ? JSON.stringify(answer) : lines.join("\n")}\n`);
    return code;
  } catch (error) {
    if (error instanceof TypeError && error.message === "fetch failed")
      throw new Fault(`nobody answers at ${options.url}: is it running? \`npm start\` begins one here`, UNREACHABLE);
    if (error instanceof DOMException && error.name === "TimeoutError")
      throw new Fault(`${options.url} takes requests and does not answer`, UNREACHABLE);
    if (error instanceof ApiProblem) throw new Fault(error.message, 1);
    throw error;
  }
}

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
