/** What a host tells of commits. */
/** Of one file, with so many lines of quotes, which are the longest as JSON within JSON. */
export const changesOf = (head: string, base: string | null, path: string, lines: number) => ({
  ...{ base, baseFrom: "attempt", head, moreCommits: 0, moreFiles: 0, truncated: false },
  commits: [
    ...[{ hash: head, parents: [], subject: "Add it", author: "ada", at: "2026-01-02T03:04:05.000Z", trailers: [] }],
  ],
  files: [
    {
      ...{ path, oldPath: null, status: "added", kind: "file", modes: null, binary: false, truncated: null },
      ...{ additions: lines, deletions: 0, oldBytes: null, bytes: 4 * lines, patch: '+"\n'.repeat(lines) },
    },
  ],
});
