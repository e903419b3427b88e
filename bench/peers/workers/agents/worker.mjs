/** Cloudflare's agents SDK: an Agent queues a start, and a report makes it queue the landing. Shards: an Agent each. */
import { Agent, getAgentByName } from "agents";

/** Of this process: an object may leave memory in between. */
let alarms = 0;

export class Peer extends Agent {
  onStart() {
    this.sql`create table if not exists closed (bead text primary key)`;
  }

  async alarm(...info) {
    alarms++;
    await super.alarm(...info);
  }

  async enqueue(beads, work, shard) {
    for (const bead of beads) await this.#soon("startWork", { bead, work, shard });
  }

  async heard(reports, shard) {
    for (const { bead, kind } of reports) {
      if (kind === "finished") await this.#soon("landWork", { bead, shard });
      else this.sql`insert into closed values (${bead}) on conflict do nothing`;
    }
  }

  /** Both end up as rows of one table of the SDK's. */
  left() {
    return this.sql`select count(*) as n from cf_agents_jobs`[0].n;
  }

  startWork({ bead, work, shard }) {
    return this.#call("PUT", `/v1/runs/${bead}`, { bead, work }, shard);
  }

  landWork({ bead, shard }) {
    return this.#call("POST", "/v1/merges", { bead }, shard);
  }

  #soon(callback, payload) {
    return this.env.HOW === "schedule" ? this.schedule(0, callback, payload) : this.queue(callback, payload);
  }

  async #call(method, path, order, shard) {
    const reporting = { url: `${this.env.OWN_URL}/reports/${shard}`, token: "bench" };
    const body = JSON.stringify({ fence: 1, reporting, ...order });
    const response = await fetch(this.env.HOST_URL + path, {
      method,
      body,
      headers: { "content-type": "application/json" },
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`the host answered ${response.status}`);
  }
}

export default {
  async fetch(request, env) {
    const [, verb, shards] = new URL(request.url).pathname.split("/");
    const agent = (shard) => getAgentByName(env.PEER, `shard-${shard}`);
    if (verb === "alarms") return Response.json({ alarms });
    if (verb === "left") {
      const all = Array.from({ length: Number(shards) }, async (_, shard) => (await agent(shard)).left());
      return Response.json({ left: (await Promise.all(all)).reduce((sum, each) => sum + each, 0) });
    }
    const body = await request.json();
    if (verb === "reports") {
      await (await agent(shards)).heard(body.reports, Number(shards));
      return Response.json({ verdicts: body.reports.map(({ seq }) => ({ seq, verdict: "ok" })) });
    }
    const parts = Map.groupBy(body.ids, (id) => Number(id.split("-").at(-1)) % Number(shards));
    await Promise.all([...parts].map(async ([shard, ids]) => (await agent(shard)).enqueue(ids, body.work, shard)));
    return Response.json({ calledNs: null });
  },
};
