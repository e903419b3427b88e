import { Container } from "@cloudflare/containers";
import type { Env } from "./env.ts";

const PORT = 8791;

/**
 * One container with the agent host inside: the same program that runs as a local process. Never constructed where
 * containers are off, since its constructor throws there.
 */
export class AgentContainer extends Container<Env> {
  override defaultPort = PORT;
  /** Longer than the longest pause between two heartbeats' answers; a run that lives keeps its container by reporting. */
  override sleepAfter = "30m";
  override envVars = { TOWNKEEPER_HOST_TOKEN: this.env.HOST_TOKEN };
}
