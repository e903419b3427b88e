/** Codex for real. */
import { storiesOf } from "./stories.ts";

storiesOf("codex");
