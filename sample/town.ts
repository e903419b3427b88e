/** The sample town: a small library whose functions are not written yet, and three agents to write them. */

/** One module of the library, and the modules it imports. */
type SampleBead = { module: string; task: string; dependsOn?: string[] };

export const sampleTown = {
  name: "sample",
  rig: "lib",
  agents: ["ada", "grace", "linus"],
  /** Short, so that a person who watches sees the failed dispatches come back. Milliseconds. */
  settings: { backoffBaseMs: 1_000 },
  /** The host's third start is refused and its sixth breaks off: the rollback is seen to happen. */
  drills: ["refuse:3", "reject:6"],
};

/** A diamond (words → kebab-case, camel-case → rename-keys), chains (range → chunk → paginate), and some that stand alone. */
export const sampleBeads: SampleBead[] = [
  { module: "words", task: "Split a text into words" },
  { module: "range", task: "Count from one number to another" },
  { module: "clamp", task: "Keep a number between two bounds" },
  { module: "sum", task: "Add up numbers" },
  { module: "group-by", task: "Group a list by a key" },
  { module: "kebab-case", task: "Join words by dashes", dependsOn: ["words"] },
  { module: "camel-case", task: "Join words by capitals", dependsOn: ["words"] },
  { module: "chunk", task: "Cut a list into pieces", dependsOn: ["range"] },
  { module: "mean", task: "Average numbers", dependsOn: ["sum"] },
  { module: "rename-keys", task: "Rename an object's keys", dependsOn: ["kebab-case", "camel-case"] },
  { module: "paginate", task: "Show one page of a list", dependsOn: ["chunk", "clamp"] },
  { module: "word-count", task: "Count how often words occur", dependsOn: ["words", "group-by"] },
  { module: "truncate", task: "Cut a text that is too long" },
  { module: "escape-html", task: "Escape text for HTML" },
];
