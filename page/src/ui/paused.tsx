/** Who paused something, when, why, and when it goes on. */
import type { Town } from "../api.ts";
import { When } from "./time.tsx";
import { Words } from "./told.tsx";

export const Paused = ({ of: { by, since, why, until } }: { of: NonNullable<Town["paused"]> }) => (
  <>
    Paused by <Words of={by} /> <When at={since} />: <Words of={why.replace(/\.?$/, ".")} />{" "}
    {until ? (
      <>
        It goes on by itself <When at={until} isAhead />.
      </>
    ) : (
      "It stays so until somebody resumes it."
    )}
  </>
);
