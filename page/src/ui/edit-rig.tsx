/** Changes a rig. */
import { commandLine, wordsOf } from "../../../src/lib/shell-words.ts";
import type { Rig } from "../api.ts";
import { townPath } from "../route.ts";
import { Edit } from "./edit.tsx";
import { Field, type Fields } from "./form.tsx";
import { amount, minutesOf, msOf } from "./numbers.ts";
import { MINUTES } from "./refusal.ts";
import { RigPlace } from "./rig-fields.tsx";
import { StartFrom } from "./start-from.tsx";

const TRAILERS = { true: true, false: false, "": null } as const;

const textsOf = (rig: Rig): Fields => ({
  repoUrl: rig.repoUrl,
  gate: commandLine(rig.gate ?? []),
  defaultBranch: rig.defaultBranch,
  maxGateMs: minutesOf(rig.maxGateMs),
  landingsAtOnce: String(rig.landingsAtOnce),
  maxAgents: String(rig.maxAgents ?? ""),
  maxInReview: String(rig.maxInReview ?? ""),
  noChange: rig.noChange,
  trailers: String(rig.trailers ?? ""),
  startFrom: rig.startFrom ?? "",
});

function bodyOf({ repoUrl, noChange, ...changed }: Fields) {
  const { gate, defaultBranch, maxGateMs, landingsAtOnce, maxAgents, maxInReview, trailers, startFrom } = changed;
  return {
    ...(repoUrl !== undefined && { repoUrl }),
    ...(noChange !== undefined && { noChange }),
    ...(gate !== undefined && { gate: gate === "" ? null : wordsOf(gate) }),
    ...(defaultBranch !== undefined && { defaultBranch: defaultBranch || null }),
    ...(maxGateMs !== undefined && { maxGateMs: msOf(maxGateMs) }),
    ...(landingsAtOnce !== undefined && { landingsAtOnce: amount(landingsAtOnce) }),
    ...(maxAgents !== undefined && { maxAgents: amount(maxAgents) }),
    ...(maxInReview !== undefined && { maxInReview: amount(maxInReview) }),
    ...(trailers !== undefined && { trailers: TRAILERS[trailers as keyof typeof TRAILERS] }),
    ...(startFrom !== undefined && { startFrom: startFrom || null }),
  };
}

export const EditRig = ({ id, onClose }: { id: string; onClose: () => void }) => (
  <Edit<Rig> title={`Edit ${id}`} path={townPath(`/rigs/${id}`)} {...{ textsOf, bodyOf, onClose }}>
    {(texts) => (
      <>
        <p class="soft">What runs or lands goes on as it began.</p>
        <RigPlace of={texts} />
        <div class="pair">
          <Field
            name="maxGateMs"
            label="The gate may take"
            hint="minutes"
            unit={MINUTES}
            value={texts.maxGateMs}
            required
            numeric
          />
          <Field
            name="landingsAtOnce"
            label="Landings at once"
            hint="with their gates side by side: 1 to 8"
            value={texts.landingsAtOnce}
            required
            numeric
            whole
          />
        </div>
        <div class="pair">
          <Field
            name="maxAgents"
            label="Runs at a time"
            hint="the town's cap, if left empty"
            value={texts.maxAgents}
            numeric
            whole
          />
          <Field
            name="maxInReview"
            label="Waiting to land"
            hint="the town's cap, if left empty"
            value={texts.maxInReview}
            numeric
            whole
          />
        </div>
        <div class="pair">
          <Field
            name="noChange"
            label="Where there is nothing to do"
            of={[
              ["close", "the bead is closed"],
              ["park", "it is parked for a person"],
            ]}
            value={texts.noChange}
          />
          <Field
            name="trailers"
            label="Commits say which bead they are of"
            of={[
              ["", "as its host does by itself"],
              ["true", "yes"],
              ["false", "no"],
            ]}
            value={texts.trailers}
          />
        </div>
        <StartFrom value={texts.startFrom} />
      </>
    )}
  </Edit>
);
