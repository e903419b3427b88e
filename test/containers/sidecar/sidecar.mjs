/**
 * Stands in for `cloudflare/proxy-everything`, which wrangler puts beside every container and which can't be had without
 * a registry. It shares the container's network: what workerd sends in comes through here (CONNECT), and what the container
 * sends out goes back to workerd, which decides. HTTPS is opened on the way; anything but HTTP and HTTPS is cut off.
 */
import { execFileSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { createServer } from "node:http";
import net from "node:net";
import tls from "node:tls";
import { parseArgs } from "node:util";
import { contextFor, makeAuthority } from "./certificates.mjs";

const { values: flags } = parseArgs({
  strict: false,
  options: {
    "http-ingress-address": { type: "string", default: "0.0.0.0:39001" },
    "http-egress-port": { type: "string", default: "49121" },
    "tls-intercept": { type: "boolean", default: false },
    "docker-gateway-cidr": { type: "string", default: "172.17.0.0/16" },
  },
});
console.log("sidecar", ...process.argv.slice(2));

const OUT_PORT = 41209;
const DNS_PORT = 41253;
/** Whatever the name: workerd goes by the name, so any address will do that nobody has. */
const NOWHERE = [11, 0, 0, 1];
const cidr = flags["docker-gateway-cidr"];
const gateway = cidr.replace(/\.\d+\/\d+$/, ".1");
let egressPort = Number(flags["http-egress-port"]);

for (const rule of [
  ["nat", "-d", "127.0.0.0/8", "-j", "RETURN"],
  ["nat", "-d", cidr, "-j", "RETURN"],
  ["nat", "-p", "udp", "--dport", "53", "-j", "REDIRECT", "--to-ports", String(DNS_PORT)],
  ["nat", "-p", "tcp", "-j", "REDIRECT", "--to-ports", String(OUT_PORT)],
  ["filter", "-p", "udp", "!", "-d", "127.0.0.0/8", "-m", "conntrack", "--ctstate", "NEW", "-j", "REJECT"],
]) {
  const [table, ...what] = rule;
  execFileSync("iptables", ["-t", table, "-A", "OUTPUT", ...what], { stdio: "inherit" });
}

const pipe = (a, b) => {
  a.pipe(b).pipe(a);
  for (const [one, other] of [
    [a, b],
    [b, a],
  ])
    one.on("error", () => other.destroy()).on("close", () => other.destroy());
};

/** Out: workerd is told for which host, and decides. */
function outTo(client, head, to, header) {
  const up = net.connect(egressPort, gateway, () => {
    up.write(`CONNECT ${to} HTTP/1.1\r\nHost: ${to}\r\nX-Proto: tcp\r\n${header}\r\n\r\n`);
  });
  up.on("error", () => client.destroy());
  up.once("data", (answer) => {
    const text = answer.toString("latin1");
    if (!/^HTTP\/1\.\d 20[02]/.test(text)) {
      console.log("refused", header, text.split("\r\n", 1)[0]);
      return client.destroy();
    }
    const rest = answer.subarray(text.indexOf("\r\n\r\n") + 4);
    if (rest.length > 0) client.write(rest);
    if (head) up.write(head);
    pipe(client, up);
    client.resume();
  });
}

const ca = flags["tls-intercept"] ? makeAuthority() : "";
const opened = tls.createServer({ SNICallback: (name, done) => done(null, contextFor(name)) }, (client) => {
  client.pause();
  outTo(client, null, `${NOWHERE.join(".")}:443`, `X-Tls-Sni: ${client.servername}`);
});
opened.on("tlsClientError", (error) => console.log("tls:", error.message));

/** For which host stands in a request's head, or in the first words of TLS. */
net
  .createServer((client) => {
    client.on("error", () => client.destroy());
    client.once("data", (head) => {
      client.pause();
      if (head[0] === 0x16 && ca) {
        client.unshift(head);
        return opened.emit("connection", client);
      }
      const name = /^host: *([^:\r\n]+)(?::(\d+))?/im.exec(head.toString("latin1"));
      if (!name) return client.destroy();
      return outTo(client, head, `${NOWHERE.join(".")}:${name[2] ?? 80}`, `X-Hostname: ${name[1]}`);
    });
  })
  .listen(OUT_PORT, "0.0.0.0");

/** Names: every A question is answered with nowhere, every other one with nothing. */
const dns = createSocket("udp4");
dns.on("message", (query, { port, address }) => {
  let end = 12;
  while (query[end] !== 0) end += query[end] + 1;
  const question = query.subarray(12, end + 5);
  const isA = query.readUInt16BE(end + 1) === 1;
  const head = Buffer.from([query[0], query[1], 0x81, 0x80, 0, 1, 0, isA ? 1 : 0, 0, 0, 0, 0]);
  const answer = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...NOWHERE]);
  dns.send(Buffer.concat(isA ? [head, question, answer] : [head, question]), port, address);
});
// Bound to the address that the rule leads to, or the answers would come from another.
dns.bind(DNS_PORT, "127.0.0.1");

/** In. */
const inside = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => {
    body += chunk;
  });
  request.on("end", () => {
    if (request.method === "PUT") egressPort = JSON.parse(body).port ?? egressPort;
    response.writeHead(200, { "content-type": "text/plain" }).end(request.url === "/ca" ? ca : "");
  });
});
inside.on("connect", (request, socket, head) => {
  const port = Number(String(request.headers["x-dst-addr"]).split(":").at(-1));
  const up = net.connect(port, "127.0.0.1");
  const refuse = () => socket.end("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
  up.once("error", refuse);
  up.once("connect", () => {
    up.off("error", refuse);
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    if (head.length > 0) up.write(head);
    pipe(socket, up);
  });
});
const [address, port] = flags["http-ingress-address"].split(/:(?=\d+$)/);
inside.listen(Number(port), address);
process.on("SIGTERM", () => process.exit(0));
