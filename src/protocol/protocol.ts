/** All of the protocol's messages in one place, for whoever imports them so still. */
export * from "./common.ts";
export * from "./merges.ts";
export * from "./reports.ts";
export * from "./runs.ts";
