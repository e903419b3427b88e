/** Gemini CLI for real. */
import { storiesOf } from "./stories.ts";

storiesOf("gemini");
