import { messageOf } from "./text.ts";

/** Why a town's storage takes nothing, or gives nothing, in words for people. */
export interface StorageTrouble {
  code: "storage_full" | "storage_failing";
  cause: string;
  remedy: string;
}

const FULL = /SQLITE_FULL|disk is full|storage limit|quota/i;
const FAILING =
  /SQLITE_(?:IOERR|CORRUPT|NOTADB|CANTOPEN|READONLY|PROTOCOL|NOMEM)|disk I\/O error|disk image is malformed|unable to open database|storage (?:operation|operations) (?:exceeded|failed|timed out)|Durable Object storage/i;

/** Whether an error is the storage's own: then nothing that was asked has happened, and it can be asked again. Null: it is none. */
export function storageTroubleOf(error: unknown): StorageTrouble | null {
  const message = messageOf(error, 300);
  if (FULL.test(message))
    return {
      code: "storage_full",
      cause: `the town's storage is full: ${message}`,
      remedy:
        "Make room where the state folder is, or, on the platform, shorten the town's `retention`. The town goes on by itself.",
    };
  if (!FAILING.test(message)) return null;
  return {
    code: "storage_failing",
    cause: `the town's storage fails: ${message}`,
    remedy: "Look at the disk under the state folder, and at the Worker's log. The town goes on by itself.",
  };
}
