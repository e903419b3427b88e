/** A command, or a secret, that can be copied. */
import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

const SHOWN_MS = 1_500;

/** @param name of the button, where the text itself says too much */
export function Command({ text, name = `Copy ${text}` }: { text: string; name?: string }) {
  const copied = useSignal(false);
  const code = useRef<HTMLElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      // Over plain HTTP there is no clipboard, and it can be refused: then a key copies what is marked.
      if (code.current) getSelection()?.selectAllChildren(code.current);
      return;
    }
    copied.value = true;
    setTimeout(() => {
      copied.value = false;
    }, SHOWN_MS);
  };
  return (
    <span class="command">
      <code ref={code}>{text}</code>
      <button type="button" class="bare" onClick={copy} aria-label={name}>
        <Icon name={copied.value ? "check" : "copy"} />
      </button>
    </span>
  );
}
