/** What is asked for over the page: the browser's own, which keeps the focus and closes by Esc. */
import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icon.tsx";

interface Props {
  title: string;
  /** Asked before it goes. Left out: it may. */
  mayClose?: () => boolean;
  onClose: () => void;
  children: ComponentChildren;
}

export function Dialog({ title, mayClose = () => true, onClose, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const id = useId();
  const isGone = useRef(false);
  // Before it can be seen: a key that is pressed then is for it.
  useLayoutEffect(() => {
    const { current: dialog } = element;
    dialog?.showModal();
    // Who opens it comes to fill it in.
    const field = dialog?.querySelector<HTMLElement>("form :is(input, textarea, select)");
    if (!dialog?.querySelector("[autofocus]")) field?.focus();
  }, []);
  // Closed while it is still there, it gives the focus back to what opened it.
  useLayoutEffect(
    () => () => {
      isGone.current = true;
      element.current?.close();
    },
    [],
  );
  const leave = (): void => {
    if (!isGone.current && mayClose()) onClose();
  };
  // Gone at once, and not when the browser comes to say so: a key that is pressed next is not for it.
  const cancel = (event: Event): void => {
    if (event.target !== element.current) return;
    event.preventDefault();
    leave();
  };
  // Asked twice, a browser closes it all the same.
  const closed = (): void => {
    if (isGone.current) return;
    if (mayClose()) onClose();
    else element.current?.showModal();
  };
  return (
    <dialog ref={element} aria-labelledby={id} onCancel={cancel} onClose={closed}>
      <div class="section">
        <div class="row apart">
          <h1 id={id}>{title}</h1>
          <button type="button" class="bare" aria-label="Close" onClick={leave}>
            <Icon name="cross" />
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
