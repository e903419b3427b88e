/** A joined host dials in. */
import { eq } from "drizzle-orm";
import type { Db } from "../db/client.ts";
import { type HostRefusal, hosts, type JoinedHost } from "../db/schema.ts";
import { sha256Hex } from "../lib/secrets.ts";
import { BOOT_HEADER, channelQuery, PROTOCOL_HEADER } from "../protocol/channel.ts";
import type { Fact } from "../reconciler/ingest.ts";
import type { HostChannels } from "./host-channels.ts";
import { noTown, refusalOf, refusedHost } from "./host-door.ts";
import { systemClock } from "./ports.ts";

/** One that is refused may dial for ever: what is known of it is written down now and then. */
const NOTED_EVERY_MS = 30_000;

interface Town {
  db: Db;
  channels: HostChannels;
  /** Null: there is no such town. */
  tell: ((fact: Fact) => void) | null;
}

/** `GET …/hosts/{host}/channel`, upgraded, with the host's own token. Not upgraded, it asks whether it may. */
export async function dialled(request: Request, { db, channels, tell }: Town): Promise<Response> {
  const { pathname } = new URL(request.url);
  const [, name = "", id] = /\/towns\/([^/]+)\/hosts\/([^/]+)\/channel$/.exec(pathname) ?? [];
  const asked = channelQuery.safeParse({
    host: id,
    bootId: request.headers.get(BOOT_HEADER),
    protocol: request.headers.get(PROTOCOL_HEADER) ?? undefined,
  });
  if (!asked.success) return new Response("not a channel", { status: 400 });
  if (!tell) return refusedHost(noTown(name));
  const { host, bootId } = asked.data;
  const token = /^Bearer (\S+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
  const tokenHash = await sha256Hex(token);
  const known = db.select().from(hosts).where(eq(hosts.id, host)).get();
  const why = refusalOf(known, { ...asked.data, tokenHash }, channels.standing(host), systemClock.now());
  const dials = request.headers.get("upgrade")?.toLowerCase() === "websocket";
  if (why) {
    if (known && dials && isNews(known, bootId, why.code))
      tell({ type: "host_refused", payload: { host, bootId, code: why.code as HostRefusal } });
    return refusedHost(why);
  }
  if (!dials) return Response.json({ host, welcome: true });
  const response = channels.accept(host, bootId);
  tell({ type: "host_connected", payload: { host, bootId } });
  return response;
}

function isNews({ refused }: JoinedHost, bootId: string, code: string): boolean {
  const isKnown = refused?.code === code && refused.bootId === bootId;
  return !isKnown || systemClock.now() - refused.lastMs >= NOTED_EVERY_MS;
}
