/** What CI runs, in parts that a machine with two idle cores has behind it in a minute or two each. */
import { fileURLToPath } from "node:url";

/** Of the hostile cases and of the simulator's longest days a fifth, each day another: whole, they are most of what CI costs. */
const share = `${1 + (Math.floor(Date.now() / 86_400_000) % 5)}/5`;
process.env.SHARE = share;

const script = (name) => ["bash", fileURLToPath(new URL(name, import.meta.url))];
const shards = (name, count, part) =>
  Array.from({ length: count }, (_, index) => part(`${name} ${index + 1}/${count}`, `--shard=${index + 1}/${count}`));

const projects = (...names) => names.flatMap((name) => ["--project", name]);
const tests = (name, args) => ({ name, tests: [...args, "--maxWorkers=2"] });

/** The quick and telling ones first; then the longest, which mostly waits. */
export const parts = [
  { name: "checks", command: ["npm", "run", "check", "--", "--no-tests"] },
  tests("tests of the engine", projects("rules", "sim", "town", "counters", "engines")),
  { name: "deploy:check", command: ["npm", "run", "deploy:check"] },
  { name: "client", command: ["npm", "run", "test:client"] },
  { name: "fuzz", command: ["npm", "run", "fuzz", "--", "--sample", "--seed", "1"] },
  { name: "mcp", command: ["npm", "run", "test:mcp"] },
  { name: "containers", command: script("containers") },
  ...shards("host", 3, (name, shard) => tests(name, [...projects("host"), shard])),
  ...shards("e2e", 4, (name, shard) => tests(name, [...projects("e2e"), shard])),
  ...shards("browser", 3, (name, shard) => ({ name, command: [...script("browser"), shard] })),
  { name: "hostile", command: ["npm", "run", "test:hostile", "--", "--share", share] },
];
