/** Where an agent runs, when a container may sleep, whose fault a failed start is, what may leave. */
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  containerFor,
  DEAF_LOOKS,
  type Idling,
  idleVerdict,
  isRefusal,
  STARTS_AT_ONCE,
  StartSlots,
  troubleOf,
  WARM_MS,
} from "../../src/dos/containers/policy.ts";

const slugs = fc.stringMatching(/^[a-z0-9]{1,5}(-[a-z0-9]{1,5}){0,2}$/);
const idle: Idling = {
  ...{ nowMs: 100_000, idleSinceMs: 0, idleAfterMs: 60_000 },
  ...{ inFlight: 0, deafLooks: 0, looked: { busy: 0 } },
};

test("two agents share a container just when the placement says so, whatever they are called", () => {
  fc.assert(
    fc.property(fc.tuple(slugs, slugs, slugs), fc.tuple(slugs, slugs, slugs), (a, b) => {
      const name = (how: "town" | "rig" | "agent", [town, rig, agent]: typeof a) =>
        containerFor(how, town, { rig, agent });
      expect(name("town", a) === name("town", b)).toBe(a[0] === b[0]);
      expect(name("rig", a) === name("rig", b)).toBe(a[0] === b[0] && a[1] === b[1]);
      expect(name("agent", a) === name("agent", b)).toBe(a.join() === b.join());
    }),
  );
});

test("the landings of a rig go to one container under every placement", () => {
  const landing = { rig: "app", agent: null };
  expect(containerFor("town", "home", landing)).toBe("home");
  expect(containerFor("rig", "home", landing)).toBe(containerFor("rig", "home", { rig: "app", agent: "ada" }));
  expect(containerFor("agent", "home", landing)).toBe("home--app");
});

test("a container that does nothing is stopped when its time is over, and not before", () => {
  expect(idleVerdict(idle)).toBe("stop");
  expect(idleVerdict({ ...idle, idleSinceMs: 40_001 })).toBe("keep");
});

test("a live run, a landing, a last word or a request keeps it, however late it is", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 20 }), (nowMs, busy) => {
      expect(idleVerdict({ ...idle, nowMs, looked: { busy } })).toBe("keep");
      expect(idleVerdict({ ...idle, nowMs, inFlight: busy })).toBe("keep");
    }),
  );
});

test("a host that does not answer is destroyed, but not for one silence", () => {
  const deaf = { ...idle, looked: null };
  expect(idleVerdict({ ...deaf, deafLooks: 1 })).toBe("keep");
  expect(idleVerdict({ ...deaf, deafLooks: DEAF_LOOKS })).toBe("destroy");
});

test("the platform's words become codes, each with its own patience", () => {
  const said = (message: string) => troubleOf(message).code;
  expect(said("there is no container instance that can be provided to this durable object")).toBe("no_instance");
  expect(said("you are requesting too many containers per second")).toBe("rate_limited");
  expect(said("Aborted waiting for container to start as we received a cancellation signal")).toBe("start_slow");
  expect(said("Network connection lost.")).toBe("cut_off");
  expect(said("something new")).toBe("start_failed");
  expect(troubleOf("no container instance").retryAfterMs).toBeGreaterThan(
    troubleOf("Network connection lost").retryAfterMs,
  );
  expect(isRefusal({ ...troubleOf("no container instance") })).toBe(false);
});

test("so many containers of a town start at once; one that starts already, or runs, is never refused", () => {
  const slots = new StartSlots();
  const names = Array.from({ length: STARTS_AT_ONCE }, (_, n) => `c${n}`);
  for (const name of names) {
    expect(slots.refusal(name, 0)).toBeNull();
    slots.asked(name, 0);
  }
  const refusal = slots.refusal("late", 0);
  expect(refusal).toMatchObject({ code: "starts_capped" });
  expect(refusal && isRefusal(refusal)).toBe(true);
  expect(slots.refusal("c0", 0)).toBeNull();
  slots.done("c0", true, 1_000);
  expect(slots.refusal("late", 1_000)).toBeNull();
  slots.asked("late", 1_000);
  expect(slots.refusal("c0", 1_000 + WARM_MS - 1)).toBeNull();
  expect(slots.refusal("c0", 1_000 + WARM_MS)).not.toBeNull();
});
