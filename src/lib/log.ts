import { logLevelOf } from "./log-level.ts";
import { oneLine } from "./text.ts";

type Level = "info" | "error";

/** What a line is about: never a secret. */
interface About {
  town?: string;
  container?: string;
  request?: string;
}

/** One line of JSON each, so that what is deployed is searched by field; `npm start` writes its log for people (cli/workerd.ts). */
export function log(level: Level, message: string, about: About = {}): void {
  console[level](JSON.stringify({ message: oneLine(message), ...about }));
}

/** What a town or the watchtower has to say to operators: its first words name the event, docs/words.md has them all. */
export function logNews(line: string, about: About = {}): void {
  const [event] = /^[A-Z]+(?: [A-Z]+)*(?=[ :]|$)/.exec(line) ?? [];
  console[logLevelOf(line)](JSON.stringify({ message: oneLine(line), ...about, ...(event && { event }) }));
}
