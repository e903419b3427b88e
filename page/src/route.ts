/** Which page is shown, by the address: `/t/<town>/<page>/<id>`. */
import { computed, signal } from "@preact/signals";

const PAGES = ["now", "board", "review", "loop", "agents", "convoys", "settings", "beads"] as const;
export type PageName = (typeof PAGES)[number];

export interface Route {
  town: string | null;
  page: PageName;
  id: string | null;
}

const path = signal(location.pathname);

export const route = computed((): Route => {
  const [root, town, page, id] = path.value
    .split("/")
    .slice(1)
    .map((part) => decodeURIComponent(part));
  if (root !== "t" || !town) return { town: null, page: "now", id: null };
  const name = PAGES.find((one) => one === page) ?? "now";
  return { town, page: name, id: id ? id : null };
});

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
