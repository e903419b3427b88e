/** OpenCode for real. */
import { storiesOf } from "./stories.ts";

storiesOf("opencode");
