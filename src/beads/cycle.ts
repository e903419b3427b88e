/**
 * A cycle in a graph given as node → the nodes it depends on, as the path that closes (`a, b, a`), or null.
 * Iterative, so that a long chain can't exhaust the stack.
 */
export function findCycle(edges: ReadonlyMap<string, readonly string[]>): string[] | null {
  const done = new Set<string>();
  for (const start of edges.keys()) {
    if (done.has(start)) continue;
    const path: string[] = [];
    const onPath = new Set<string>();
    const stack: { node: string; next: number }[] = [{ node: start, next: 0 }];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as { node: string; next: number };
      if (top.next === 0) {
        path.push(top.node);
        onPath.add(top.node);
      }
      const child = edges.get(top.node)?.[top.next++];
      if (child === undefined) {
        stack.pop();
        path.pop();
        onPath.delete(top.node);
        done.add(top.node);
      } else if (onPath.has(child)) {
        return [...path.slice(path.indexOf(child)), child];
      } else if (!done.has(child)) {
        stack.push({ node: child, next: 0 });
      }
    }
  }
  return null;
}
