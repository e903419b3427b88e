/** npm passes Ctrl-C on to us after the terminal has given it to us: that is not a second one. */
const SECOND_AFTER_MS = 1_000;

const SIGNALS: NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/** Calls `leave` when somebody wants us gone: Ctrl-C, SIGTERM, a closed terminal, or the death of whoever started us. */
export function onLeave(leave: () => void): void {
  let firstMs: number | null = null;
  const hear = () => {
    const nowMs = performance.now();
    if (firstMs === null) {
      firstMs = nowMs;
      leave();
    } else if (nowMs - firstMs > SECOND_AFTER_MS) {
      // Asked twice: at once. Our programs see their channels break, and workerd has its leash.
      process.exit(130);
    }
  };
  for (const signal of SIGNALS) process.on(signal, hear);
  if (!process.channel) return;
  process.on("disconnect", hear);
  process.channel.unref();
}
