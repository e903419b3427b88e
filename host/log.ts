import { oneLine } from "../src/lib/text.ts";
import { redact } from "./redact.ts";

/** What a line is about. */
export interface About {
  /** Left out: `info`. `warn`: a thing failed, and is tried again or made up for. `error`: it is not. */
  level?: "warn" | "error";
  town?: string | undefined;
  bead?: string;
  agent?: string | null;
  fence?: number;
}

export type Log = (message: string, about?: About) => void;

/** What of an attempt says which it is. */
export const aboutOf = ({ town, bead, agent, fence }: Omit<About, "level">): About => ({
  ...(town !== undefined && { town }),
  ...(bead !== undefined && { bead }),
  ...(agent && { agent }),
  ...(fence !== undefined && { fence }),
});

/** One line per transition, on stderr, without secrets: for people. */
export const logToStderr: Log = (message, about = {}) => write(textLine(message, about));

/** The same as JSON, a line each, for what collects logs. */
export const logJsonToStderr: Log = (message, { level = "info", ...about } = {}) =>
  write(JSON.stringify({ at: new Date().toISOString(), level, message: redact(message), ...about }));

const write = (line: string) => void process.stderr.write(`${line}\n`);

function textLine(message: string, { level, town, bead, agent, fence }: About): string {
  const place = [town, bead].filter(Boolean).join("/");
  const names = [place, agent, fence === undefined ? "" : `fence ${fence}`].filter(Boolean).join(", ");
  return `${new Date().toISOString()} host: ${level ? `${level}: ` : ""}${names && `${names}: `}${oneLine(redact(message))}`;
}
