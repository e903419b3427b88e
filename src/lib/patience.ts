/** Whether a request is answered once a host has looked at something, which takes longer than what a town knows itself. */
export const waitsForHost = (method: string, path: string): boolean => method !== "GET" || /\/diff(?:\?|$)/.test(path);
