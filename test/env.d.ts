declare namespace Cloudflare {
  interface Env extends Omit<import("../src/dos/env.ts").Env, never> {}
}
