/** What a page asks for beyond what is known of the town: once, and again when something says that it has changed. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { get, type Problem, problemOf } from "../api.ts";
import { changes } from "../store/touched.ts";

export interface Asked<T> {
  value: T | null;
  problem: Problem | null;
}

/** @param mark asked again when it is another. @param path null: nothing is asked */
export function useAsk<T>(path: string | null, mark: unknown = null): Asked<T> {
  const value: Signal<T | null> = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const own = changes.value;
  useEffect(() => {
    value.value = null;
  }, [path]);
  useEffect(() => {
    if (path === null) return undefined;
    const leaving = new AbortController();
    get<T>(path, leaving.signal).then(
      (answer) => {
        value.value = answer;
        problem.value = null;
      },
      (error) => {
        if (!leaving.signal.aborted) problem.value = problemOf(error);
      },
    );
    return () => leaving.abort();
  }, [path, mark, own]);
  return { value: value.value, problem: problem.value };
}
