/** Paths of URLs, by segments: what a server would make of one, and whether every server would make the same. Pure. */

/** How often an encoding is taken off, to see what is beneath: some servers decode once more than they should. */
const DEPTH = 3;

/**
 * The segments of a path, decoded. Null where servers differ on what they are: an encoded slash or backslash, a dot segment
 * (also one that hides in an encoding or before a `;`), a control character, a broken or a thrice encoded text.
 */
export function pathSegments(pathname: string): string[] | null {
  const segments: string[] = [];
  for (const raw of pathname.slice(1).split("/")) {
    const segment = decoded(raw);
    if (segment === null || !isPlain(segment)) return null;
    segments.push(segment);
  }
  return segments;
}

/** Whether a path is this one, or below it: `/you/app` holds `/you/app/x`, and not `/you/application`. */
export function startsWithSegments(segments: readonly string[], path: string): boolean {
  const wanted = pathSegments(path) ?? [];
  if (wanted.at(-1) === "") wanted.pop();
  return wanted.every((segment, at) => segments[at] === segment);
}

/** Whether it means the same however often it is decoded. */
function isPlain(segment: string): boolean {
  let text: string | null = segment;
  for (let depth = 0; depth < DEPTH; depth++) {
    if (/[/\\]|\p{Cc}/u.test(text) || /^\.{1,2}(;|$)/.test(text)) return false;
    const next = decoded(text);
    // A percent sign that encodes nothing is a character like others, once the first decoding is done.
    if (next === null || next === text) return true;
    text = next;
  }
  return false;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
