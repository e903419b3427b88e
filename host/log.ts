import { redact } from "./redact.ts";

export type Log = (line: string) => void;

/** One line per transition, on stderr, without secrets. */
export const logToStderr: Log = (line) => {
  process.stderr.write(`${new Date().toISOString()} host: ${redact(line)}\n`);
};
