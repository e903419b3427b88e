/** A command that can be copied. */
import { useSignal } from "@preact/signals";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 1_500;

export function Command({ text }: { text: string }) {
  const copied = useSignal(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, SHOWN_MS);
  };
  return (
    <span class="command">
      <code>{text}</code>
      <button type="button" class="bare" onClick={copy} aria-label={`Copy ${text}`}>
        <Icon name={copied.value ? "check" : "copy"} />
      </button>
    </span>
  );
}
