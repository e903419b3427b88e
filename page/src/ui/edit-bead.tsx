/** Changes what a bead says of itself. */
import type { Bead } from "../api.ts";
import { townPath } from "../route.ts";
import { BeadLabels, BeadPriority, BeadText, BeadType } from "./bead-fields.tsx";
import { Edit } from "./edit.tsx";
import { Field, type Fields, listIn } from "./form.tsx";
import { StartFrom } from "./start-from.tsx";

const textsOf = (bead: Bead): Fields => ({
  title: bead.title,
  body: bead.body,
  acceptance: bead.acceptance,
  type: bead.type,
  priority: String(bead.priority),
  labels: bead.labels.join(", "),
  touches: bead.touches.join(", "),
  parent: bead.parent ?? "",
  startFrom: bead.startFrom ?? "",
});

const bodyOf = ({ priority, labels, touches, parent, startFrom, ...words }: Fields) => ({
  ...words,
  ...(priority !== undefined && { priority: Number(priority) }),
  ...(labels !== undefined && { labels: listIn(labels) }),
  ...(touches !== undefined && { touches: listIn(touches) }),
  ...(parent !== undefined && { parent: parent || null }),
  ...(startFrom !== undefined && { startFrom: startFrom || null }),
});

export const EditBead = ({ id, onClose }: { id: string; onClose: () => void }) => (
  <Edit<Bead>
    title={`Edit ${id}`}
    path={townPath(`/beads/${encodeURIComponent(id)}`)}
    {...{ textsOf, bodyOf, onClose }}
    keeps
  >
    {(texts, bead) => (
      <>
        <p class="soft">{whatFor(bead)}</p>
        <BeadText of={texts} />
        <div class="pair">
          {isWork(bead) && <BeadType value={texts.type} />}
          <BeadPriority value={texts.priority} />
          <BeadLabels value={texts.labels} />
        </div>
        <div class="pair">
          <Field name="parent" label="Parent" hint="(may be left empty)" placeholder="app-1" value={texts.parent} />
          {isWork(bead) && (
            <Field name="touches" label="Likely changes" hint="paths" placeholder="src/db" value={texts.touches} />
          )}
        </div>
        {isWork(bead) && <StartFrom value={texts.startFrom} />}
      </>
    )}
  </Edit>
);

const isWork = ({ type }: Bead): boolean => type !== "epic" && type !== "record";

/** What comes of a change, and when. */
function whatFor(bead: Bead): string {
  if (!isWork(bead))
    return `It is ${bead.type === "epic" ? "an epic" : "a record"}: no agent works on it, so its type stays.`;
  if (bead.status === "closed" || bead.status === "cancelled")
    return "It is over. What you change stands in its history, and is worked on only if it is reopened.";
  if (bead.fence !== null && bead.status === "in_progress")
    return "What runs for it goes on as it began. A further try is told what you write.";
  return "Its next try is told what you write.";
}
