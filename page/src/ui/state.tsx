/** How something is: a picture, a word and a colour for each. */
import { statusWords } from "../../../src/lib/status-words.ts";
import { Icon, type IconName } from "./icon.tsx";

export type Tone = "ok" | "busy" | "warn" | "bad" | "quiet" | "unknown";

type Look = readonly [IconName, Tone, word?: string];

const BEADS: Record<string, Look> = {
  open: ["dot", "quiet"],
  blocked: ["lock", "quiet"],
  ready: ["clock", "quiet"],
  in_progress: ["run", "busy"],
  in_review: ["eye", "busy"],
  closed: ["check", "ok"],
  failed: ["flag", "bad"],
  cancelled: ["cross", "quiet"],
};

const ATTEMPTS: Record<string, Look> = {
  starting: ["clock", "busy"],
  running: ["run", "busy"],
  stopping: ["stop", "warn"],
  finished: ["check", "ok"],
  failed: ["cross", "bad"],
  released: ["spin", "warn"],
  stopped: ["stop", "quiet"],
};

const AGENTS: Record<string, Look> = {
  idle: ["rest", "quiet"],
  starting: ["clock", "busy"],
  working: ["run", "busy"],
  stopping: ["stop", "warn"],
};

const VERDICTS: Record<string, Look> = {
  healthy: ["check", "ok"],
  idle: ["rest", "ok"],
  late: ["clock", "warn"],
  spinning: ["spin", "warn"],
  starved: ["alert", "warn"],
  stalled: ["alert", "bad"],
  failing: ["alert", "bad"],
  paused: ["pause", "quiet"],
  draining: ["drain", "quiet"],
  unknown: ["unknown", "unknown"],
};

const SEVERITIES: Record<string, Look> = {
  critical: ["alert", "bad"],
  warning: ["alert", "warn"],
  notice: ["dot", "quiet"],
};

const KINDS = { bead: BEADS, attempt: ATTEMPTS, agent: AGENTS, verdict: VERDICTS, severity: SEVERITIES };

export const Chip = ({ icon, tone, children }: { icon: IconName; tone: Tone; children: preact.ComponentChildren }) => (
  <span class={`chip ${tone}`}>
    <Icon name={icon} />
    <span>{children}</span>
  </span>
);

/** A state by its name, as people read it. */
export function State({ of, is }: { of: keyof typeof KINDS; is: string }) {
  const [icon, tone, word] = KINDS[of][is] ?? (["unknown", "unknown"] as const);
  return (
    <Chip icon={icon} tone={tone}>
      {word ?? (of === "bead" ? statusWords(is) : is.replaceAll("_", " "))}
    </Chip>
  );
}

export const toneOf = (of: keyof typeof KINDS, is: string): Tone => KINDS[of][is]?.[1] ?? "unknown";
