/** Links within the page, which load nothing anew. */
import type { ComponentChildren } from "preact";
import { go, type PageName, pathTo } from "../route.ts";

interface Props {
  page: PageName;
  id?: string | number;
  children: ComponentChildren;
  class?: string;
  current?: boolean;
}

export function Link({ page, id, children, class: style, current }: Props) {
  const href = pathTo(page, id);
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    go(href);
  };
  return (
    <a href={href} onClick={follow} class={style} aria-current={current ? "page" : undefined}>
      {children}
    </a>
  );
}

export const BeadLink = ({ id }: { id: string }) => (
  <Link page="beads" id={id} class="id">
    {id}
  </Link>
);
