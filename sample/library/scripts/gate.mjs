/** Runs the tests of the modules that are written, in one process. Those that are not yet are named, and don't count. */
import { readdirSync, readFileSync } from "node:fs";

const root = new URL("..", import.meta.url);
const isWritten = (name) => !readFileSync(new URL(`src/${name}.js`, root), "utf8").includes("is not written yet");

const modules = readdirSync(new URL("test", root)).map((file) => file.replace(/\.test\.js$/, ""));
const written = modules.filter(isWritten);
console.log(`written: ${written.join(", ") || "none"} (${written.length} of ${modules.length})`);
// Node runs the tests of a file that it is given or that is imported, and ends with 1 if one fails.
for (const name of written) await import(new URL(`test/${name}.test.js`, root));
