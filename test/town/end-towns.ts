/** The files share a Worker: the towns of one that is over end with it, where they would go on with their alarms for ever. */
import { reset } from "cloudflare:test";
import { afterAll } from "vitest";

afterAll(reset);
