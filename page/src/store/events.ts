/** Server-sent events, read from an answer: a request carries its token in a header, which `EventSource` can't. */
import { Problem, requestHeaders, thrownBy, unreachable } from "../api.ts";

/** A sign comes at least every twenty seconds; a connection that is silent for so long is lost. */
const SILENT_MS = 50_000;
/** What is answered at all is answered sooner. */
const LATE_MS = 5_000;

const LATE = {
  code: "no_answer_yet",
  detail:
    "The server has not answered for 5 seconds. A browser has six connections to it for all of its tabs: where many of this server are open, closing some helps.",
};

/**
 * Each message as it comes, until the other side ends it.
 *
 * @param onLate it is waited for still
 * @throws Problem where it is refused, can't be reached, or has fallen silent
 */
export async function* eventsAt<T>(
  path: string,
  signal: AbortSignal,
  onLate?: (why: Problem) => void,
): AsyncGenerator<T> {
  const silence = new AbortController();
  const onSilence = () => silence.abort(new Problem({ code: "silent", detail: "The connection has fallen silent." }));
  let timer = setTimeout(onSilence, SILENT_MS);
  const late = setTimeout(() => onLate?.(new Problem(LATE)), LATE_MS);
  try {
    const response = await fetch(path, {
      headers: { ...requestHeaders("GET"), accept: "text/event-stream" },
      cache: "no-store",
      signal: AbortSignal.any([signal, silence.signal]),
    });
    clearTimeout(late);
    if (!response.ok || !response.body) throw await thrownBy(response);
    let text = "";
    for await (const piece of piecesOf(response.body)) {
      clearTimeout(timer);
      timer = setTimeout(onSilence, SILENT_MS);
      const events = (text + piece).split("\n\n");
      text = events.pop() ?? "";
      for (const event of events) {
        const data = /^data: ?(.*)$/m.exec(event)?.[1];
        if (data) yield JSON.parse(data) as T;
      }
    }
  } catch (error) {
    throw unreachable(error);
  } finally {
    clearTimeout(timer);
    clearTimeout(late);
  }
}

async function* piecesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body
    .pipeThrough(new TextDecoderStream() as unknown as TransformStream<Uint8Array, string>)
    .getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}
