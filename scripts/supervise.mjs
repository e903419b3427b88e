import { spawn } from "node:child_process";
import { constants } from "node:os";
import { watchNpm } from "./watch-npm.mjs";

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
  const stopWatching = watchNpm(() => child.kill("SIGTERM"));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("exit", (code, signal) => {
      stopWatching();
      for (const each of signals) process.off(each, pass);
      resolve(code ?? 128 + (constants.signals[signal] ?? 0));
    });
  });
}
