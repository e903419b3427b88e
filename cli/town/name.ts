/** In the package it is one file beside its package.json, in a checkout these sources. */
export const isPackaged = !import.meta.url.endsWith(".ts");

/** What is typed to call this command: as the program that starts it says, else npm's script. */
export const called = isPackaged ? "town" : process.env.TOWNKEEPER_COMMAND || "npm run town --";
