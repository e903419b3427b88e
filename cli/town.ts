/** `npm run town`, and the bin of the package: see town/program.ts. Only composes. */
import { endWithReaders } from "./closed-pipes.ts";
import { runTown } from "./town/program.ts";

/** What a shell says of a program that Ctrl-C ended: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

endWithReaders();
process.once("SIGINT", () => process.exit(INTERRUPTED));
runTown(process.argv.slice(2), process.env).then((code) => {
  process.exitCode = code;
});
