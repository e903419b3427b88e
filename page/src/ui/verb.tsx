/** A request as a button: what it sends is what the town named. Marked until the town has answered, and what went wrong stands below. */
import { useSignal } from "@preact/signals";
import { call, type Problem, problemOf, type Request } from "../api.ts";
import { scopeOf } from "../scopes.ts";
import { touched } from "../store/touched.ts";
import { Button } from "./button.tsx";
import { Icon, type IconName } from "./icon.tsx";
import { type Key, KeyHint } from "./keys.tsx";
import { Wrong } from "./problem.tsx";

interface Props {
  request: Request;
  label?: string;
  icon?: IconName;
  kind?: "plain" | "main" | "danger";
  /** A button of its own, where several read the same. */
  name?: string;
  /** Another token than this tab's, which is known to may. */
  as?: string | undefined;
  press?: Key;
  /** Asked before it is sent, where it ends something. */
  sure?: string;
  onDone?: () => void;
}

export function Verb({
  request,
  label = labelOf(request),
  icon,
  kind = "plain",
  name,
  as,
  press,
  sure,
  onDone,
}: Props) {
  const state = useSignal<"ready" | "sent" | "done">("ready");
  const problem = useSignal<Problem | null>(null);
  const send = async () => {
    if (sure && !confirm(sure)) return;
    state.value = "sent";
    problem.value = null;
    try {
      await call(request, undefined, as);
      state.value = "done";
      touched();
      onDone?.();
    } catch (error) {
      problem.value = problemOf(error);
      state.value = "ready";
    }
  };
  const { value: is } = state;
  return (
    <span class="verb">
      <Button
        needs={as === undefined ? [scopeOf(request)] : []}
        kind={kind}
        isBusy={is === "sent"}
        state={is}
        onClick={send}
        title={`${request.method} ${request.path}`}
        name={is === "ready" ? name : undefined}
        press={press}
      >
        {icon && <Icon name={icon} />}
        {is === "sent" ? `${label} …` : is === "done" ? `${label}: done` : label}
        {press && <KeyHint of={press} />}
      </Button>
      {problem.value && <Wrong problem={problem.value} />}
    </span>
  );
}

const BY_PATH: readonly [RegExp, string][] = [
  [/\/landings\/retry$/, "Try landings again"],
  [/\/providers\/[^/]+\/retry$/, "Try its agents again"],
  [/\/retry$/, "Try again"],
  [/\/breaker\/close$/, "Start there again"],
  [/\/takeover$/, "Let that machine take over"],
  [/\/stop$/, "Stop it"],
  [/\/reconcile$/, "Look at everything now"],
  [/\/incidents\/[^/]+\/dismiss$/, "Dismiss"],
  [/\/(quarantine|unreadable)\/[^/]+$/, "Dismiss"],
  [/\/dependencies$/, "Wait for it no longer"],
  [/\/preflight$/, "Look again"],
];

/** What a person would call it. */
function labelOf({ method, path, body }: Request): string {
  const fields = (body ?? {}) as Record<string, unknown>;
  if (method === "PATCH") {
    if (fields.paused === null) return "Resume";
    if (fields.hold === null) return "Release";
    if (fields.enabled === true) return "Enable";
    if (fields.draining === false) return "Take new work again";
    const [[name, value] = ["", null]] = Object.entries((fields.settings ?? fields) as object);
    return `Set ${name} to ${typeof value === "object" ? JSON.stringify(value) : value}`;
  }
  return BY_PATH.find(([pattern]) => pattern.test(path))?.[1] ?? `${method} ${path.split("/").at(-1)}`;
}

/** The request within a sentence such as `PATCH /v1/towns/x {"paused":null}`. Null where it leaves something open. */
export function requestIn(text: string | null): Request | null {
  const [, method, path, body] = /^(POST|PATCH|DELETE) (\S+)(?: (\{.*\}))?$/.exec(text ?? "") ?? [];
  if (!method || !path || body?.includes("…") || /[…{]/.test(path)) return null;
  try {
    return { method, path, body: body ? JSON.parse(body) : null };
  } catch {
    return null;
  }
}
