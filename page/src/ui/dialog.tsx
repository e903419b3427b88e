/** What is asked for over the page: the browser's own, which keeps the focus and closes by Esc. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Props {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    element.current?.showModal();
    // Who opens it comes to fill it in.
    const field = element.current?.querySelector<HTMLElement>("form :is(input, textarea, select)");
    if (!element.current?.querySelector("[autofocus]")) field?.focus();
  }, []);
  return (
    <dialog ref={element} aria-labelledby={id} onClose={onClose}>
      <div class="section">
        <div class="row apart">
          <h1 id={id}>{title}</h1>
          <button type="button" class="bare" aria-label="Close" onClick={() => element.current?.close()}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
