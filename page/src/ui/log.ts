/** What an attempt prints, as it comes: of one that has ended, what is kept of it. */
import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type Problem, problemOf } from "../api.ts";
import { present } from "../presence.ts";
import { townPath } from "../route.ts";
import { eventsAt } from "../store/events.ts";

type Message =
  | { type: "log"; seq: number; text: string }
  | { type: "gap"; seq: number }
  | { type: "end"; seq: number }
  | { type: "dropped"; seq: number };

/** The end of a long output is what tells. */
const MOST_CHARS = 400_000;
const AGAIN_MS = 2_000;

export interface Printed {
  /** The attempt that it is of. */
  fence: number | null;
  text: string;
  /** Pieces before these are not kept any more. */
  hasGap: boolean;
  /** Nothing more comes. */
  isOver: boolean;
  problem: Problem | null;
}

const NOTHING: Printed = { fence: null, text: "", hasGap: false, isOver: false, problem: null };

/** @param fence null: of none */
export function useLog(fence: number | null): Printed {
  const printed = useSignal<Printed>(NOTHING);
  useEffect(() => {
    printed.value = { ...NOTHING, fence };
    if (fence === null) return undefined;
    const leaving = new AbortController();
    void follow(fence, leaving.signal, (change) => {
      printed.value = change(printed.peek());
    });
    return () => leaving.abort();
  }, [fence]);
  return printed.value;
}

async function follow(fence: number, signal: AbortSignal, set: (change: (before: Printed) => Printed) => void) {
  let after = 0;
  while (!signal.aborted) {
    const here = await present();
    try {
      for await (const message of eventsAt<Message>(
        townPath(`/attempts/${fence}/log?follow=true&after=${after}`),
        AbortSignal.any([signal, here]),
      )) {
        if (message.type === "end") return set((before) => ({ ...before, isOver: true }));
        if (message.type === "gap") set((before) => ({ ...before, hasGap: true }));
        if (message.type !== "log") continue;
        after = message.seq;
        set(({ text, ...before }) => ({ ...before, text: (text + message.text).slice(-MOST_CHARS), problem: null }));
      }
    } catch (error) {
      const problem = problemOf(error);
      if (signal.aborted) return;
      if (here.aborted) continue;
      set((before) => ({ ...before, problem }));
      if (problem.status === 404) return;
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}
