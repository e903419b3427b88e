/** How many lines come and go. */
export const Counts = ({ additions, deletions }: { additions: number; deletions: number }) => (
  <span class="counts">
    <span class="plus">
      +{additions}
      <span class="hidden"> lines added</span>
    </span>{" "}
    <span class="minus">
      −{deletions}
      <span class="hidden"> lines removed</span>
    </span>
  </span>
);
