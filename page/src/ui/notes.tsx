import type { BeadDetail } from "../api.ts";
import { Section } from "./section.tsx";
import { When } from "./time.tsx";
import { Words } from "./told.tsx";

/** What became of a bead, in words, the newest first. */
export function Notes({ of }: { of: BeadDetail["notes"] }) {
  if (of.length === 0) return null;
  return (
    <Section title="Notes">
      <ul class="notes">
        {of.toReversed().map((note) => (
          <li key={`${note.at} ${note.kind} ${note.text}`}>
            <span class="soft small">
              {note.kind.replaceAll("_", " ")}, <When at={note.at} />
            </span>
            <p class="body">
              <Words of={note.text} />
            </p>
          </li>
        ))}
      </ul>
    </Section>
  );
}
