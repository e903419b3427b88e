/** An authority that lives as long as this sidecar, and certificates for whatever name is asked for. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createSecureContext } from "node:tls";

const FOLDER = "/ca";
const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30"];
const openssl = (...args) => execFileSync("openssl", args, { cwd: FOLDER, stdio: "pipe" });
const contexts = new Map();

/** @returns the authority's certificate */
export function makeAuthority() {
  mkdirSync(FOLDER, { recursive: true });
  openssl("req", "-x509", ...key, "-keyout", "ca.key", "-out", "ca.crt", "-subj", "/CN=townkeeper test");
  return readFileSync(`${FOLDER}/ca.crt`, "utf8");
}

export function contextFor(name) {
  if (!/^[a-z0-9.-]+$/.test(name)) throw new Error(`no name: ${name}`);
  if (!contexts.has(name)) {
    openssl("req", "-new", ...key.slice(0, 5), "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=leaf");
    writeFileSync(`${FOLDER}/leaf.ext`, `subjectAltName=DNS:${name}`);
    const signed = ["-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial", "-days", "30", "-extfile", "leaf.ext"];
    const cert = openssl("x509", "-req", "-in", "leaf.csr", ...signed);
    contexts.set(name, createSecureContext({ key: readFileSync(`${FOLDER}/leaf.key`), cert }));
  }
  return contexts.get(name);
}
