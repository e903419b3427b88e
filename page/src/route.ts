/** Which page is shown, by the address: `/t/<town>/<page>/<id>`. */
import { computed, signal } from "@preact/signals";

const PAGES = ["now", "board", "review", "loop", "agents", "convoys", "settings", "beads"] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  town: string | null;
  page: PageName;
  id: string | null;
  /** Why the address means no page. Whoever typed it, or was sent it, is told, and shown nothing else in its place. */
  fault: string | null;
}

const path = signal(location.pathname);

export const route = computed((): Route => {
  const [root, ...encoded] = path.value.split("/").slice(1);
  const parts = encoded.map(decoded);
  const unread = encoded.find((_, index) => parts[index] === null);
  if (unread !== undefined)
    return wrong(null, `“${unread}” in this address can't be read: a % stands before what is no code.`);
  const [town, page, id, ...more] = parts as string[];
  if (root !== "t" || !town) return { town: null, page: "now", id: null, fault: null };
  const name = PAGES.find((one) => one === (page || "now"));
  if (!name) return wrong(town, `There is no page “${page}” of a town.`);
  if (more.some(Boolean)) return wrong(town, `There is nothing behind “${id}” on the page “${name}”.`);
  // A bead's page without a bead is where they are found.
  return { town, page: name === "beads" && !id ? "board" : name, id: id || null, fault: null };
});

const wrong = (town: string | null, fault: string): Route => ({ town, page: "now", id: null, fault });

function decoded(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

export const pathTo = (page: PageName, id?: string | number, town = route.value.town): string =>
  [
    "/t",
    encodeURIComponent(town ?? ""),
    ...(page === "now" ? [] : [page]),
    ...(id === undefined ? [] : [encodeURIComponent(id)]),
  ].join("/");

/** The path of the API below the town that is shown. */
export const townPath = (below = ""): string => `/v1/towns/${encodeURIComponent(route.value.town ?? "")}${below}`;

export function go(to: string): void {
  if (to === location.pathname) return;
  history.pushState(null, "", to);
  path.value = location.pathname;
  scrollTo(0, 0);
}

addEventListener("popstate", () => {
  path.value = location.pathname;
});
