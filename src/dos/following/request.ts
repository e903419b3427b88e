import type { Wanted } from "./messages.ts";

/** How the Worker hands on who wants to follow a town: it has read the request, and its town takes that as it is. */
export type Asked = ({ wanted: Wanted; after: number | null } | { fence: number; after: number }) & {
  /** So long what it is asked with is known to be good. Null: for ever. */
  untilMs: number | null;
};

const HEADER = "x-townkeeper-follow";

/** An upgrade, for the object of the town. */
export const requestOf = (town: string, asked: Asked): Request =>
  new Request(`https://town/v1/towns/${town}/follow`, {
    headers: { upgrade: "websocket", [HEADER]: encodeURIComponent(JSON.stringify(asked)) },
  });

/** Null: it is about something else. Nobody outside reaches the object but through the Worker, which makes requests of this kind alone. */
export function askedIn({ url, headers }: Request): Asked | null {
  if (!/\/towns\/[^/]+\/follow$/.test(new URL(url).pathname)) return null;
  return JSON.parse(decodeURIComponent(headers.get(HEADER) ?? "null")) as Asked | null;
}
