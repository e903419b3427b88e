/** Reads the fields of what a tool hands on as its error. Agents' programs make it: it is bounded, and nothing of it is believed beyond words. */
import { resetIn } from "./reset.ts";
import type { ToolError } from "./trouble.ts";

const DEPTH = 6;
const FIELDS = 300;

const SAYS =
  /^(?:message|msg|details?|error|errors|result|stderr|description|additional_?details|title|reason|text|responseBody|body)$/i;
const NAMES = /^(?:type|code|name|kind|error_?kind|error_?type|error_?code|codexErrorInfo|reason|status|error)$/i;
const STATES = /^(?:status|status_?code|http_?status(?:_?code)?|code|error_?status|api_?error_?status)$/i;
const TIMES = /reset|retry.?(?:after|delay|in)/i;

interface Found {
  words: string[];
  types: string[];
  status: number;
  times: string[];
  left: number;
}

/** @param value an error of any shape: text, an object, JSON in text */
export function errorIn(value: unknown, nowMs: number): ToolError {
  const found: Found = { words: [], types: [], status: 0, times: [], left: FIELDS };
  look(typeof value === "string" ? { message: value } : value, "", DEPTH, found);
  const words = [...new Set(found.words)].join(": ");
  const untilMs = found.times.length === 0 ? null : resetIn(found.times.join("\n"), nowMs);
  return { words, types: found.types, status: found.status, untilMs };
}

function look(value: unknown, key: string, depth: number, found: Found): void {
  if (found.left-- <= 0) return;
  if (typeof value === "string") text(value, key, depth, found);
  else if (typeof value === "number") number(value, key, found);
  else if (typeof value === "object" && value !== null && depth > 0)
    for (const [name, inner] of Object.entries(value)) {
      const field = Array.isArray(value) ? key : name;
      // Some say what it was by the name of a field: `{"httpConnectionFailed": {"httpStatusCode": 503}}`.
      if (typeof inner === "object" && NAMES.test(key) && !Array.isArray(value)) found.types.push(name);
      look(inner, field, depth - 1, found);
    }
}

function text(value: string, key: string, depth: number, found: Found): void {
  const inner = /^\s*[[{]/.test(value) ? parsed(value) : undefined;
  if (inner !== undefined && depth > 0) {
    look(inner, key, depth - 1, found);
    return;
  }
  if (NAMES.test(key) && /^[A-Za-z]\w{2,60}$/.test(value)) found.types.push(value);
  else if (SAYS.test(key) && value.trim() !== "") found.words.push(value.trim());
  if (STATES.test(key) && /^[45]\d\d$/.test(value)) number(Number(value), key, found);
  if (TIMES.test(key)) found.times.push(`${key}: ${value}`);
}

function number(value: number, key: string, found: Found): void {
  if (STATES.test(key) && value >= 400 && value < 600 && found.status === 0) found.status = value;
  if (TIMES.test(key)) found.times.push(`${key}: ${value}`);
}

function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
