/** How a refusal is told, by whatever way it was asked: RFC 9457, with a stable `code`. */
import type { Problem } from "./guard.ts";

const TITLES: Record<Problem["status"], string> = {
  400: "Bad request",
  401: "Not authenticated",
  403: "Not allowed",
  404: "Not found",
  405: "Method not allowed",
  409: "Conflict",
  410: "Gone",
  412: "Changed since",
  413: "Too large",
  415: "Wrong type of body",
  422: "Can't be done",
  428: "Made for which version?",
  429: "Too many requests",
  500: "Internal error",
  503: "Unavailable",
};

export const problemBody = ({ status, code, detail, hint, retryable, errors }: Problem) => ({
  type: `urn:townkeeper:problem:${code}`,
  title: TITLES[status],
  status,
  code,
  detail,
  hint,
  retryable: retryable ?? status >= 500,
  errors,
});

export const overBytes = (most: number): Problem => ({
  status: 413,
  code: "too_large",
  detail: `The body is over ${most} bytes.`,
  hint: "Send it in parts.",
});
