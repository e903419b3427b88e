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
export const useAsk = <T>(path: string | null, mark: unknown = null): Asked<T> =>
  useLoad<T>(path, mark, (signal) => get<T>(path ?? "", signal));

/** As `useAsk`, where one request is not all of it. @param key what is asked for */
export function useLoad<T>(key: string | null, mark: unknown, load: (signal: AbortSignal) => Promise<T>): Asked<T> {
  const value: Signal<T | null> = useSignal<T | null>(null);
  const problem = useSignal<Problem | null>(null);
  const own = changes.value;
  useEffect(() => {
    value.value = null;
    problem.value = null;
  }, [key]);
  useEffect(() => {
    if (key === null) return undefined;
    const leaving = new AbortController();
    load(leaving.signal).then(
      (answer) => {
        value.value = answer;
        problem.value = null;
      },
      (error) => {
        if (!leaving.signal.aborted) problem.value = problemOf(error);
      },
    );
    return () => leaving.abort();
  }, [key, mark, own]);
  return { value: value.value, problem: problem.value };
}
