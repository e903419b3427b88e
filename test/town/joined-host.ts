/** A host that has dialled in, played by the test itself: it answers each frame as it is told to. */

import { mintToken, sha256Hex } from "../../src/lib/run-token.ts";
import { BOOT_HEADER, channelRequest, type HostAnswer } from "../../src/ports/protocol.ts";
import { ok, type TestTown } from "./town.ts";

const BOOT = "00000000-0000-4000-8000-000000000001";

interface Asked {
  method: string;
  path: string;
  fence: number | null;
}

export interface JoinedHost {
  asked: Asked[];
  starts(): Asked[];
}

/** @param answer null: it never answers */
export async function joinedHost(
  town: TestTown,
  id: string,
  answer: (asked: Asked) => Partial<HostAnswer> | null,
): Promise<JoinedHost> {
  const token = mintToken("tkh_");
  ok(await town.stub().addHost({ id, tokenHash: await sha256Hex(token) }));
  const headers = { upgrade: "websocket", authorization: `Bearer ${token}`, [BOOT_HEADER]: BOOT };
  const { webSocket } = await town.stub().fetch(`http://town/v1/towns/${town.name}/hosts/${id}/channel`, { headers });
  if (!webSocket) throw new Error(`host ${id} was not let in`);
  webSocket.accept();
  const asked: Asked[] = [];
  webSocket.addEventListener("message", ({ data }) => {
    const frame = channelRequest.safeParse(JSON.parse(String(data)));
    if (!frame.success) return;
    const { id: call, method, path, body } = frame.data;
    const one = { method, path, fence: body ? ((JSON.parse(body) as { fence?: number }).fence ?? null) : null };
    asked.push(one);
    const said = answer(one);
    if (said)
      webSocket.send(
        JSON.stringify({
          id: call,
          status: said.accepted ? 202 : 409,
          body: JSON.stringify({ bootId: BOOT, ...said }),
        }),
      );
  });
  return { asked, starts: () => asked.filter(({ method, path }) => method === "PUT" && path.startsWith("/v1/runs/")) };
}
