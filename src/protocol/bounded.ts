/**
 * What the other side says, cut to size. What is too long is shortened and carries a mark where something is missing: a last
 * word is not lost for its length. Only what decides something (names, numbers, kinds) is refused when it does not fit.
 */
import { z } from "zod";
import { clean, clip, clipHead } from "../lib/text.ts";

/** How much of an answer is read, in bytes and after decompression. */
export const MAX_ANSWER_BYTES = 64 * 1024;

export const BOOT_CHARS = 100;
/** However much an adapter lets through of a host's answer, what is settled with it fits a row. */
export const bootIdIn = ({ bootId }: { bootId?: string | undefined }): string | null =>
  bootId === undefined ? null : clip(bootId, BOOT_CHARS);
export const CODE_CHARS = 60;
export const MESSAGE_CHARS = 2_000;
/** The end of what a program printed. */
export const TAIL_CHARS = 8_000;

/** The longest wait that a host is believed. */
const MAX_PATIENCE_MS = 24 * 3_600_000;

/** The longest time to its reset that a provider is believed: a week's limit, and a day for clocks and zones. */
export const MAX_RESET_MS = 8 * 24 * 3_600_000;

/** The farthest from 1970 that a date can lie, in ms. */
const LAST_DATE_MS = 8.64e15;

/** Text of which the beginning counts. */
export const words = (max: number) => z.string().transform((text) => clip(clean(text), max));

/** The same, and never empty. */
export const said = (max: number) => words(max).pipe(z.string().min(1));

/** Text of which the end counts. */
export const ending = (max: number) => z.string().transform((text) => clipHead(clean(text), max));

/** @param more stands for those that are left out */
export const listOf = <T extends z.ZodType>(one: T, max: number, more?: (left: number) => z.output<T>) =>
  z.array(one).transform((all) => {
    if (all.length <= max) return all;
    return more ? [...all.slice(0, max - 1), more(all.length - max + 1)] : all.slice(0, max);
  });

/** A moment by the other side's clock. */
export const instant = z.number().transform((ms) => Math.min(Math.max(ms, -LAST_DATE_MS), LAST_DATE_MS));

const waitMs = (ms: number, mostMs: number): number => Math.ceil(Math.min(Math.max(ms, 0), mostMs));

/** How long a host asks to be left alone: whole milliseconds, never negative, a day at most. */
export const patienceMs = (ms: number): number => waitMs(ms, MAX_PATIENCE_MS);

/** What is no number asks for nothing. */
export const patience = z.number().transform(patienceMs).optional().catch(undefined);

/** The same of a provider, as its agent's host tells it. */
export const untilReset = z
  .number()
  .transform((ms) => waitMs(ms, MAX_RESET_MS))
  .optional()
  .catch(undefined);
