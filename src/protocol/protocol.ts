/** All of the protocol's messages in one place, for files that still import them so. */
export * from "./common.ts";
export * from "./merges.ts";
export * from "./reports.ts";
export * from "./runs.ts";
