/** A socket's messages as they are, both ways, until its time is over. */

/** As the town says it of those that something happens to (`dos/following/sockets.ts`). */
const OVER = { code: 4011, why: "its time is over: come back with `after`" };
/** A close without a code, and one that was none: neither may be sent on. */
const NO_CODE = [1005, 1006];

/**
 * The town sleeps beside its followers, and would have to wake to send one away: here is who is awake by then.
 *
 * @param after what its follower has read before the first message
 */
export function relayed(town: WebSocket, untilMs: number, after: number): Response {
  const { 0: theirs, 1: ours } = new WebSocketPair();
  let seq = after;
  const timer = setTimeout(() => {
    ours.send(JSON.stringify({ type: "dropped", seq, why: OVER.why }));
    end(OVER.code, OVER.why);
  }, untilMs - Date.now());
  function end(code?: number, why?: string): void {
    clearTimeout(timer);
    closed(town);
    closed(ours, code, why);
  }
  town.addEventListener("message", ({ data }) => {
    seq = Number(/^\{"type":"\w+","seq":(\d+)/.exec(String(data))?.[1] ?? seq);
    ours.send(data);
  });
  town.addEventListener("close", ({ code, reason }) => (NO_CODE.includes(code) ? end() : end(code, reason)));
  town.addEventListener("error", () => end());
  ours.addEventListener("message", ({ data }) => town.send(data));
  ours.addEventListener("close", () => end());
  ours.addEventListener("error", () => end());
  ours.accept();
  town.accept();
  return new Response(null, { status: 101, webSocket: theirs });
}

function closed(socket: WebSocket, code?: number, why?: string): void {
  try {
    socket.close(code, why);
  } catch {
    // it was closed already
  }
}
