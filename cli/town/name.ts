/** What is typed to call this command: in a checkout npm's script, from the package its bin. */
export const isPackaged = !import.meta.filename.endsWith(".ts");
export const called = isPackaged ? "town" : "npm run town --";
