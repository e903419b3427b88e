/** A part of the page that is loaded when it is first shown. */
import { signal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import { Problem } from "../api.ts";
import { Wrong } from "./problem.tsx";

const MISSING = {
  code: "page_part_missing",
  detail: "This part of the page could not be loaded.",
  hint: "Load the page again: the connection is lost, or a newer release of it is there.",
};

/** @param load asked again each time it is shown, until it has come */
export function later<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => preact.JSX.Element {
  const part = signal<ComponentType<P> | null>(null);
  const problem = signal<Problem | null>(null);
  const begin = async () => {
    try {
      part.value = await load();
      problem.value = null;
    } catch {
      problem.value = new Problem(MISSING);
    }
  };
  return (props) => {
    useEffect(() => {
      if (part.peek() === null) void begin();
    }, []);
    const { value: Part } = part;
    if (Part) return <Part {...props} />;
    return problem.value ? <Wrong problem={problem.value} /> : <p class="soft">Loading …</p>;
  };
}
