/** Claude Code for real. */
import { storiesOf } from "./stories.ts";

storiesOf("claude");
