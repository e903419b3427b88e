/** What can go on at once among things that wait for one another, given without circles as node → what it waits for. */
type Edges = ReadonlyMap<string, readonly string[]>;

/** Each after all that it waits for, in the given order otherwise. What is not among the nodes is not waited for. */
function inOrder(edges: Edges): string[] {
  const left = new Map([...edges].map(([node, on]) => [node, new Set(on.filter((id) => edges.has(id))).size]));
  const waiting = new Map<string, string[]>();
  for (const [node, on] of edges)
    for (const id of new Set(on)) if (edges.has(id)) waiting.set(id, [...(waiting.get(id) ?? []), node]);
  const order = [...left].filter(([, n]) => n === 0).map(([node]) => node);
  for (let at = 0; at < order.length; at++)
    for (const node of waiting.get(order[at] as string) ?? []) {
      const n = (left.get(node) ?? 0) - 1;
      left.set(node, n);
      if (n === 0) order.push(node);
    }
  return order;
}

/** The number of each node's wave: 1, or one more than the highest of those it waits for. */
export function waves(edges: Edges): Map<string, number> {
  const wave = new Map<string, number>();
  for (const node of inOrder(edges))
    wave.set(node, 1 + Math.max(0, ...(edges.get(node) ?? []).map((id) => wave.get(id) ?? 0)));
  return wave;
}

/** The longest chain of those that wait for one another, the first to go at its head; of two as long, one of them always. */
export function longestChain(edges: Edges): string[] {
  const wave = waves(edges);
  let at: string | undefined;
  for (const [node, n] of wave) if (at === undefined || n > (wave.get(at) ?? 0)) at = node;
  const chain: string[] = [];
  while (at !== undefined) {
    chain.unshift(at);
    const before: number = (wave.get(at) ?? 0) - 1;
    at = (edges.get(at) ?? []).find((id) => wave.get(id) === before);
  }
  return chain;
}
