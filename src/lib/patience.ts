/** Longer than the Worker takes for what a town knows itself; short enough to notice one that hangs. */
const USUAL_MS = 10_000;
/** A host may have to look, or to clone a repository first. */
const PATIENT_MS = 80_000;

/** How long a client waits for an answer. */
export const patienceFor = (method: string, path: string): number =>
  method !== "GET" || /\/diff(?:\?|$)/.test(path) ? PATIENT_MS : USUAL_MS;
