import { answersPart } from "./answers.ts";
import { beatsPart } from "./beats.ts";
import { breakerPart } from "./breaker.ts";
import { capsPart } from "./caps.ts";
import { framesPart } from "./frames.ts";
import { gatesPart } from "./gates.ts";
import { looksPart } from "./looks.ts";
import type { Part } from "./part.ts";
import { refusalsPart } from "./refusals.ts";
import { reportFramesPart } from "./report-frames.ts";
import { reportsPart } from "./reports.ts";
import { settingsPart } from "./settings.ts";
import { slotsPart } from "./slots.ts";
import { strangersPart } from "./strangers.ts";
import { waitsPart } from "./waits.ts";
import { wordsPart } from "./words.ts";

export const parts: readonly Part[] = [
  answersPart,
  framesPart,
  looksPart,
  reportsPart,
  reportFramesPart,
  refusalsPart,
  settingsPart,
  waitsPart,
  beatsPart,
  capsPart,
  breakerPart,
  wordsPart,
  gatesPart,
  slotsPart,
  strangersPart,
];
