/** What is answered where something was thrown: a refusal as it is, a storage that fails by its name, and all else without a word of what it was. */
import { noSuchTown } from "../dos/result.ts";
import { wasRemoved } from "../dos/town-end.ts";
import { type Problem, Refusal } from "../lib/guard.ts";
import { log } from "../lib/log.ts";
import { ended, messageOf } from "../lib/text.ts";
import { noticeStorage } from "./storage.ts";

/**
 * @param path of the town that was asked, as `/v1/towns/{town}`; any other where none was
 * @param request the id of the request, by which the log has the rest
 */
export function problemBehind(error: unknown, path: string, request: string): Problem {
  if (error instanceof Refusal) return error.problem;
  if (wasRemoved(error)) return noSuchTown().problem;
  const trouble = noticeStorage(path, error);
  if (trouble) {
    const { code, cause, remedy } = trouble;
    return { status: 503, code, detail: `Nothing was done: ${ended(cause)}`, hint: remedy, retryable: true };
  }
  log("error", `the request failed: ${messageOf(error)}`, { request });
  return {
    status: 500,
    code: "internal",
    detail: "Something went wrong on our side.",
    hint: "Try again; if it stays, the server's log says more under this answer's x-request-id.",
  };
}
