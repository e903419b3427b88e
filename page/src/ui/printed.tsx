/** What a program printed. Where its end is in view, it stays so while more comes. */
import { useLayoutEffect, useRef } from "preact/hooks";
import { visible } from "./told.tsx";

/** Less than a line. */
const NEAR_PX = 12;

export function Printed({ text }: { text: string }) {
  const element = useRef<HTMLPreElement>(null);
  const isAtEnd = useRef(true);
  useLayoutEffect(() => {
    if (element.current && isAtEnd.current) element.current.scrollTop = element.current.scrollHeight;
  }, [text]);
  const scrolled = ({
    currentTarget: { scrollTop, scrollHeight, clientHeight },
  }: {
    currentTarget: HTMLPreElement;
  }) => {
    isAtEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls can be scrolled by keys
    <pre ref={element} class="printed" tabIndex={0} onScroll={scrolled}>
      {visible(text)}
    </pre>
  );
}
