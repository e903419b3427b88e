/** `npm run town`: see `usage` in town/options.ts. Only composes. */
import { z } from "zod";
import { ApiProblem, TownApi } from "./api.ts";
import { outliveReaders } from "./closed-pipes.ts";
import { Fault, messageOf } from "./fault.ts";
import { parseTownOptions, type TownOptions, usage } from "./town/options.ts";
import { runVerb } from "./town/run.ts";

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
    throw faultOf(error, options);
  }
}

/** What a person can mend of it; else as it came. */
function faultOf(error: unknown, { url, town, start }: TownOptions): unknown {
  if (error instanceof ApiProblem && error.code === "unauthenticated")
    return new Fault(`${url} does not take this token: set TOWNKEEPER_TOKEN, or name a file with --token-file`, 1);
  if (error instanceof ApiProblem && error.code === "town_not_found")
    return new Fault(`there is no town ${town} at ${url}: --town names another, POST /v1/towns makes one`, 1);
  if (error instanceof ApiProblem) return new Fault(error.message, 1);
  if (error instanceof DOMException && error.name === "TimeoutError")
    return new Fault(`${url} takes requests and does not answer: its log says why, \`${start}\` begins it again`, 3);
  // Also an answer that is broken off.
  if (error instanceof TypeError && /^(fetch failed|terminated)$/.test(error.message))
    return new Fault(`nobody answers at ${url}: is it running? \`${start}\` begins one here`, 3);
  if (error instanceof SyntaxError || error instanceof z.ZodError)
    return new Fault(`what answers at ${url} is no town keeper of this version: is that the right URL?`, 3);
  return error;
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
