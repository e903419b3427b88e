import { z } from "zod";
import { ApiProblem } from "../client.ts";
import { Fault, isUnanswered, messageOf } from "../fault.ts";
import { type Again, spoken } from "./again.ts";
import { jsonText } from "./output.ts";
import { plain } from "./text.ts";

export interface Whereabouts {
  url: string;
  town: string;
  /** The command that begins the town keeper that was meant. */
  start: string;
  again: Again;
  /** A file of the state folder here, whose token may all. */
  keeperFile?: string;
  /** What holds the token that is sent. */
  tokenFrom: string;
}

export const VARIABLE = "TOWNKEEPER_TOKEN";

type Where = Omit<Whereabouts, "start">;

const CODES = { 1: "not_done", 2: "usage", 3: "no_answer", 130: "interrupted" } as const;

/** For a program, on one line: what the Worker said as it came, else what was made of it. */
export function problemLine(error: unknown, fault: unknown): string {
  if (error instanceof ApiProblem) {
    const { code, detail, hint } = error;
    return `${jsonText({ code, detail, hint })}\n`;
  }
  const code = fault instanceof Fault ? (fault.code ?? CODES[fault.exitCode]) : CODES[1];
  return `${jsonText({ code, detail: messageOf(fault) })}\n`;
}

/** What a person can mend of it; else as it came. */
export function faultOf(error: unknown, { start, ...where }: Whereabouts): unknown {
  const { url } = where;
  if (error instanceof ApiProblem) return new Fault(refusalText(error, where), 1, error.code);
  if (error instanceof DOMException && isUnanswered(error))
    return new Fault(`${url} takes requests and does not answer: its log says why, \`${start}\` begins it again`, 3);
  if (isUnanswered(error)) return new Fault(`nobody answers at ${url}: is it running? \`${start}\` begins one here`, 3);
  if (error instanceof SyntaxError || error instanceof z.ZodError)
    return new Fault(`what answers at ${url} is no town keeper of this version: is that the right URL?`, 3);
  return error;
}

/** Of the town that was asked, which need not be the one that commands are about. */
function noTownText({ path }: ApiProblem, { url, town: meant, again }: Where): string {
  const [, town = meant, verb] = /\/v1\/towns\/([\w-]+)(\/restore$)?/.exec(path) ?? [];
  const without = (words: string) => again(words).replace(/ --town \S+/, "");
  if (verb)
    return `no town ${town} was removed at ${url}, or its week is over: \`${without("town list --removed")}\` lists those that can be had back`;
  const others = town === meant ? "--town names another" : `\`${without("town list")}\` lists those that there are`;
  return `there is no town ${town} at ${url}: ${others}, \`${without(`town create ${town}`)}\` makes it`;
}

function refusalText(error: ApiProblem, where: Where): string {
  const { url, again, keeperFile, tokenFrom } = where;
  if (error.code === "unauthenticated")
    return `${url} does not take the token that ${tokenFrom} holds: ${
      tokenFrom === VARIABLE ? `unset ${VARIABLE}, set another` : `set ${VARIABLE}`
    }, or name a file with --token-file`;
  if (error.code === "town_not_found") return noTownText(error, where);
  // It quotes what others wrote, and is one sentence after the other.
  const said = spoken(plain(error.message), again);
  if (error.code !== "scope_missing" || keeperFile === undefined) return said;
  return `${said} Here ${keeperFile} holds a token that has all: leave --token-file out, and it is taken where it is needed`;
}
