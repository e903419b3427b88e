/** Links within the page, which load nothing anew. */
import type { ComponentChildren } from "preact";
import { go, type PageName, pathTo } from "../route.ts";
import { type Key, KeyHint, pressedBy } from "./keys.tsx";

interface Props {
  page: PageName;
  id?: string | number;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
  press?: Key | undefined;
}

export function Link({ page, id, children, class: style, current, press }: Props) {
  const href = pathTo(page, id);
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(href);
  };
  return (
    <a
      href={href}
      onClick={follow}
      class={style}
      aria-current={current ? "page" : undefined}
      {...(press && pressedBy(press))}
    >
      {children}
    </a>
  );
}

export const BeadLink = ({ id, press }: { id: string; press?: Key }) => (
  <Link page="beads" id={id} class="id" press={press}>
    {id}
    {press && (
      <>
        {" "}
        <KeyHint of={press} />
      </>
    )}
  </Link>
);
