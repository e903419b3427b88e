/** The host's constants, each with its reason. All times in milliseconds. */

/** Runs at a time, where the operator gives no number. */
export const defaultRuns = 16;

/** A start carries a prompt and a command, never files. */
export const maxBodyBytes = 1024 * 1024;

/** How long a process group may take to obey SIGTERM before it gets SIGKILL. */
export const killGraceMs = 3_000;

/**
 * How much earlier than its lease a silent run is ended: the town starts the successor the moment the lease is over, and by then no
 * process of the run may be alive. Five seconds hold a whole SIGTERM, grace and SIGKILL; a short lease gives an eighth.
 */
export const endsEarly = { ofLease: 1 / 8, most: killGraceMs + 2_000 };

/** A successor gives up on a predecessor that even SIGKILL does not end (stuck in the kernel), rather than wait unseen. */
export const predecessorWaitMs = 60_000;

/** A stop answers within this, so that the town's own deadline does not decide first. */
export const stopWaitMs = 8_000;

/**
 * A process that did not look at a lease for so long, and for this part of it, did not run: its machine slept, it was stopped,
 * or its clock was set. Less than that makes no host miss its heartbeats.
 */
export const sleptMs = { least: 1_000, ofLease: 0.25 };

/** After that it asks the town before it judges a lease, for so long at most: a network takes seconds to come up again. */
export const wakeRoundMs = 10_000;

/** One try to reach the town. */
export const reportTimeoutMs = 5_000;

/** Half of that is for the socket of a joined host; what is not answered there goes over HTTP. */
export const socketReportMs = reportTimeoutMs / 2;

/** Retries of a report that must arrive. */
export const reportBackoffMs = { first: 500, cap: 10_000 };

/** After a day no report is waited for any more: the town has long retried or given up. */
export const reportGiveUpMs = 24 * 60 * 60 * 1_000;

/** A town that says 401, 403 or 404 this often in a row does not know the run. */
export const maxRefusals = 3;

/** What of the output stays in memory and goes into reports (the protocol's limit). */
export const tailChars = 8_000;

/** A line of output that is longer is no event of a tool's: it is dropped, and its length told. */
export const lineChars = 4 * 1024 * 1024;

/** How much of a line that does not end is shown to people: more than a report holds. The rest is counted. */
export const shownLineChars = 16_000;

/** A private key is not longer; after so much without its end, what follows is shown again. */
export const keyChars = 20_000;

/** A tool may wait so long for its provider by itself; anything longer is the town's to wait, with the bead free. */
export const ownRetryMs = 10_000;

/** An agent over the Agent Client Protocol that says nothing for so long, with no tool at work, waits for its provider. */
export const silentRequestMs = 60_000;

/** A tool that has said its last may tidy up for so long; then it is ended, and its work collected. */
export const exitGraceMs = 10_000;

/** How long an agent may take to obey a cancel before its processes are ended. */
export const cancelGraceMs = 1_500;

/** An agent that does not take up a conversation in this time never will. */
export const greetMs = 120_000;

/** What is kept of a message that an agent says in pieces. */
export const messageChars = 4_000;

/** What of a step goes into a report (the protocol's limit). */
export const stepChars = 300;
export const planEntries = 30;

/** A person waits for a preflight; one that takes longer has failed. A large repository is cloned further by the next. */
export const preflightMs = 60_000;
/** A person waits for this look, with nothing to show for it; it moves no more than a first commit. */
export const rigLookMs = 20_000;
export const versionMs = 20_000;
/** For one word of a model's, its tool's start included. */
export const callMs = 40_000;

/** Less room than this and a worktree, or its build, runs into the end of the disk: if no --min-free says otherwise. */
export const leastFreeBytes = 512 * 1024 * 1024;

/** Room comes back when someone makes it, or when what attempts left is removed. */
export const diskRetryMs = 60_000;

/** What attempts left is looked through so often. */
export const sweepEveryMs = 10 * 60 * 1_000;

/** The folder of a failed attempt is for the person who looks into it the next day; what was printed stays a week, and so much of it. */
export const evidenceKeptMs = 24 * 60 * 60 * 1_000;
export const logsKeptMs = 7 * 24 * 60 * 60 * 1_000;
export const logsKeptBytes = 1024 * 1024 * 1024;

/** One log report at most (the protocol's limit). */
export const logPieceChars = 8_000;

/** What a run prints first, after a silence longer than a heartbeat, is told within this; what follows after gaps that double. */
export const firstLogMs = 1_000;

/** A run's last word waits no longer than this for the last piece of its log. */
export const lastLogMs = 1_000;

/** What of the output stays on disk, per attempt. */
export const logBytes = 10 * 1024 * 1024;

/** Ended runs and landings that are remembered in full. Fences are remembered for ever. */
export const endedKept = 1_000;

/** Of an agent's repository no more is read than that: a real one has a fraction of it. */
export const maxRefs = 20_000;
export const maxRefBytes = 16 * 1024 * 1024;

/** More objects than this come of no change that a person would look at. */
export const maxObjectFiles = 1_000_000;
export const maxObjectBytes = 8 * 1024 ** 3;

/** A run that makes more commits than this has brought another history along. */
export const maxTrailedCommits = 500;

/** Files and folders of a working copy that are looked through for repositories inside it. */
export const maxTreeEntries = 2_000_000;

/** Larger files than this no forge takes; and more than this in one attempt is a build that was not ignored. */
export const maxFileBytes = 2 * 1024 ** 3;
export const maxWorkBytes = 4 * 1024 ** 3;

/**
 * What git may have in memory at once of what an agent committed. It reads larger files than half of this in pieces; differences of
 * differences, which it doesn't, make any number of bytes of a few.
 */
export const maxAllocBytes = 1024 ** 3;

/** Of `.gitignore` and its like, which git reads as a whole. */
export const maxControlBytes = 16 * 1024 * 1024;

/** Submodules of submodules, and so on. */
export const maxSubmoduleDepth = 5;

/** What Linux takes is 4,096, and what lies in the folder needs some. */
export const maxPathBytes = 3_800;

/** A git command that takes longer talks to a remote that hangs. */
export const gitTimeoutMs = 10 * 60 * 1_000;

/** A git command that prints more than this has gone astray. */
export const maxOutputChars = 64 * 1024 * 1024;

/** A command that has ended may have left its pipes to another; what it printed is read by then. */
export const lingerMs = 2_000;

/** A push under way may take this long to end when its run or landing is ended; half of what a successor waits. */
export const pushPatienceMs = 30_000;

/** A lock file older than this has no living owner: no git command holds one for so long. */
export const staleLockMs = 60_000;

/** Waits between tries of pushing a run's work, which is too dear to lose to one dropped connection. */
export const pushRetryMs = [500, 2_000, 5_000];

/** Landings start over when another push came meanwhile, but not for ever. */
export const maxLandingTries = 5;

/** The same, when the one before it in line did not land as it was prepared: with eight in line, each may fail, and twice. */
export const maxTriesInLine = 20;

/** Before a landing's push the town must have *applied* a heartbeat; so often `pending` is asked again, so far apart. */
export const pendingRetries = { times: 25, everyMs: 200 };

/** On SIGTERM: pushes under way may end, then the last reports may leave. */
export const drainPushMs = 5_000;
export const drainReportMs = 2_000;

/** Where work in progress is saved on the way out, it must be pushed within this. */
export const drainSaveMs = 8_000;
/** What an agent says of its result, in a file. */
export const resultFileBytes = 16_384;
/** The same where it stays on the host's own disk: what is not kept by then is found by the next boot. */
export const drainKeepMs = 2_000;

/** A joined host asks so often whether the town is there, and dials again when nothing was heard for so long. */
export const pingMs = 5_000;
export const joinPatienceMs = 15_000;
export const joinBackoffMs = { first: 250, cap: 30_000 };
/** Where a person has to act first, it asks less and less often. */
export const refusedBackoffMs = { first: 5_000, cap: 5 * 60_000 };
/** Where another machine has its place, that may be given to it at any moment. */
export const placePatienceMs = 60_000;
/** A connection that stood for less is no proof that the next one will. */
export const joinProvenMs = 10_000;
export const whyPatienceMs = 10_000;

/** A new host waits this long for an old one that is still leaving the same state directory. */
export const lockWaitMs = 15_000;

/** Sequence numbers are set aside on disk in blocks, so that heartbeats cost no write and a restart never repeats one. */
export const seqBlock = 1_000;

/** How often a run's processes are looked at: sooner is of no use, and each look reads about every process there is. */
export const lookMs = { least: 1_000, most: 15_000 };

/** Share of one processor since the last look: more than a program uses that waits, less than any that works. */
export const busyShare = 0.05;

/** Files are looked at only after so long without any other sign, and so far apart. */
export const treeLookMs = 30_000;

/** In a worktree with more files than this the deeper ones stay unseen; what changes them uses the processor. */
export const filesLookedAt = 5_000;

/** A run's inbox holds a word or two; what comes after so many is not for reading. */
export const inboxBytes = 256 * 1024;

/** A record holds a request, which is smaller than this as JSON inside of JSON too. */
export const stateFileBytes = 16 * maxBodyBytes;

/** Bytes read of a process's environment, which it chooses itself; the kernel allows more, for each of thousands. */
export const environBytes = 1024 * 1024;

/** `setTimeout` fires at once for anything longer. */
export const maxTimerMs = 2 ** 31 - 1;

/** A person waits for a diff. What was found by then is shown, and the rest is said to be left out. */
export const diffMs = 18_000;
/** What has come of the files by then is told; what comes before them has its part of the above. */
export const diffFilesMs = 12_000;

/** A file that is larger is no text that a person reads: git is told to compare none such. */
export const diffFileBytes = 2 * 1024 * 1024;

/** Of files that are compared in one go, all sizes together: what git prints of them is gone through in one turn, and runs wait for that. */
export const diffBatch = { bytes: 4 * 1024 * 1024, files: 100, pathBytes: 64 * 1024 };

/** Of one file among others so much is shown; of one that is asked for alone, as much as an answer holds. */
export const diffShown = { bytes: 40 * 1024, lines: 1_200, lineChars: 2_000, linesAlone: 20_000 };

/** Files that were moved and changed are looked for among so many: past that they are shown as gone and new. */
export const diffRenames = 400;
