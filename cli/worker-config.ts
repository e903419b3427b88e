import { relative } from "node:path";
import type { Bundle } from "./worker-bundle.ts";

type Place = {
  /** The configuration's own folder: what it embeds is named from there. */
  from: string;
  port: number;
  bindings: Readonly<Record<string, string>>;
  /** Where its objects are kept. */
  storage: string;
  /** The folder of the page's files. Left out: it serves none. */
  page?: string;
};

/** As `WEBHOOKS_PRIVATE` has it, and the Worker reads it. */
const ALLOW = "allow";

/** Objects are found again by this name, which wrangler's development server gave them too. */
const keyOf = (className: string) => `townkeeper-${className}`;

/** Workerd's configuration, in Cap'n Proto's text form: https://github.com/cloudflare/workerd, `workerd.capnp`. */
export function workerConfig(bundle: Bundle, { from, port, bindings, storage, page }: Place): string {
  const modules = bundle.modules.map(({ name, file, isCode }) => {
    const kind = isCode ? "esModule" : "text";
    return `(name = ${quoted(name)}, ${kind} = embed ${quoted(relative(from, `${bundle.folder}/${file}`))})`;
  });
  const namespaces = Object.values(bundle.objects).map(
    (name) => `(className = ${quoted(name)}, uniqueKey = ${quoted(keyOf(name))}, enableSql = true)`,
  );
  const values = Object.entries({ ...bundle.vars, ...bindings }).map(
    ([name, value]) => `(name = ${quoted(name)}, text = ${quoted(value)})`,
  );
  const objects = Object.entries(bundle.objects).map(
    ([name, className]) => `(name = ${quoted(name)}, durableObjectNamespace = ${quoted(className)})`,
  );
  const files = page === undefined ? [] : [`(name = "ASSETS", service = "page")`];
  const told = bindings.WEBHOOKS_PRIVATE === ALLOW ? [] : [`(name = "WEBHOOK_NETWORK", service = "internet")`];
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  logging = (structuredLogging = true),
  services = [
    (name = "worker", worker = (
      compatibilityDate = ${quoted(bundle.compatibilityDate)},
      compatibilityFlags = [${bundle.compatibilityFlags.map(quoted).join(", ")}],
      modules = [${modules.join(", ")}],
      durableObjectNamespaces = [${namespaces.join(", ")}],
      durableObjectStorage = (localDisk = "storage"),
      bindings = [${[...values, ...objects, ...files, ...told].join(", ")}],
      globalOutbound = "network",
    )),
    # The agent host is on this machine, and hosts of one's own may be in one's own network.
    (name = "network", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true))),
    # Webhooks lead out: a name that resolves to an address of this machine or this network is refused here, once it is known.
    (name = "internet", network = (allow = ["public"], tlsOptions = (trustBrowserCas = true))),
    (name = "storage", disk = (path = ${quoted(storage)}, writable = true)),${page === undefined ? "" : `\n    (name = "page", disk = (path = ${quoted(page)})),`}
  ],
  sockets = [(name = "http", address = "127.0.0.1:${port}", http = (), service = "worker")],
);
`;
}

/** A text, or bytes that may not be written as they are. */
function quoted(text: string): string {
  const bytes = [...Buffer.from(text, "utf8")].map((byte) =>
    byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`,
  );
  return `"${bytes.join("")}"`;
}
