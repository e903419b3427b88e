import { answersPart } from "./answers.ts";
import type { Part } from "./part.ts";
import { reportsPart } from "./reports.ts";

export const parts: readonly Part[] = [answersPart, reportsPart];
