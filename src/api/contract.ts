/** What the routes take that no registry describes. */
import { z } from "zod";
import { yesOrNo } from "../commands/inputs.ts";

export { reportsRequest } from "../protocol/protocol.ts";

export const dryRunQuery = z.strictObject({ dryRun: yesOrNo });
