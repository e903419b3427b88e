import { spawn } from "node:child_process";
import { constants } from "node:os";

/** How often we look whether npm is still there. */
const PARENT_POLL_MS = 1_000;

/**
 * Runs a command to its end and resolves to its exit code. It never outlives us: signals are passed on, an IPC channel
 * (`ipc`) breaks when we die by `kill -9`, and when npm dies we end the command ourselves.
 */
export function supervise([file, ...args], { cwd, stdio = "inherit", ipc = false } = {}) {
  const streams = Array.isArray(stdio) ? stdio : [stdio, stdio, stdio];
  const child = spawn(file, args, { cwd, stdio: ipc ? [...streams, "ipc"] : streams });
  const pass = (signal) => child.kill(signal);
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  const stopWatching = watchParent(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      stopWatching();
      for (const each of signals) process.off(each, pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}

/** npm killed with `kill -9` says nothing to its children, but they get a new parent. */
function watchParent(onGone) {
  if (!process.env.npm_lifecycle_event) return () => undefined;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, PARENT_POLL_MS);
  return () => clearInterval(timer);
}
