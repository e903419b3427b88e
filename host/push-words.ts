/**
 * What remotes say when they decline a push, and what that is about. Wordings of git itself, and of forges as their public
 * documentation quotes them. A line a rule; the first that fits decides, so what is certain stands before what is likely.
 */
export type RefusalKind = "content" | "place" | "raced" | "network";

export type Rule = readonly [kind: RefusalKind, code: string, said: RegExp];

/** A branch with the name of this one's folder, or below this one's name: both can't be. */
export const inTheWay = /'refs\/heads\/([^']{1,200})' exists; cannot create/;

/** What stands in brackets behind a ref: git's own words, or the server's, of which git knows none. */
export const reasons: readonly Rule[] = [
  ["raced", "raced", /^(?:fetch first|non-fast-forward|stale info|remote ref updated since checkout)$/i],
  ["raced", "raced", /cannot lock ref|failed to update ref|incorrect old value|reference already exists/i],
  ["raced", "raced", /failed to lock|atomic push failed|lock was lost/i],
  ["place", "checked_out", /branch is currently checked out|refusing to update checked out branch/i],
  ["place", "protected", /protected branch|deletion prohibited|denying ref deletion|deny updating a hidden ref/i],
  ["place", "no_right", /^(?:permission denied|not permitted|access denied|prohibited by gerrit: .*not permitted.*)$/i],
  [
    "place",
    "branch_name",
    /funny refname|invalid refname|bad ref(?:name)?\b|creation(?:s)? (?:prohibited|restricted)/i,
  ],
  ["content", "incomplete", /shallow update not allowed|missing necessary objects/i],
  ["network", "remote_failed", /remote failed to report status|internal server error|unpacker exited/i],
];

/** Sure signs that no push of this host's gets to this place, with any content. */
const surePlaces: readonly Rule[] = [
  ["place", "protected", /\bGH006\b|protected branch update failed|cannot update this protected ref/i],
  ["place", "protected", /changes must be made through a (?:pull|merge) request/i],
  ["place", "protected", /required status check|approving review|review is required|required workflow/i],
  [
    "place",
    "protected",
    /not (?:allowed|permitted|authorized) to (?:\w+ )*?(?:to|on|in) (?:a |the |this )?protected branch/i,
  ],
  ["place", "protected", /not allowed to (?:force )?push (?:code )?to (?:a )?protected/i],
  [
    "place",
    "protected",
    /pushes to this branch are not permitted|\bTF402455\b|use a pull request to update this branch/i,
  ],
  ["place", "protected", /can(?:'|no)t push (?:directly )?to (?:branch |the |ref )?\S+.{0,40}(?:pull|merge) request/i],
  ["place", "protected", /only (?:pull|merge) requests? (?:merges? )?(?:are |is )?allowed/i],
  ["place", "protected", /branch \S+ (?:is|has been) (?:protected(?! from changing)|locked|frozen|read-only)/i],
  ["place", "checked_out", /refusing to update checked out branch|branch is currently checked out/i],
  [
    "place",
    "archived",
    /(?:was|is|been) archived|archived (?:so it is read-only|repository|project)|repo(?:sitory)? is archived/i,
  ],
  [
    "place",
    "read_only",
    /read[- ]only (?:mirror|repository|mode|file ?system|access)|(?:mirror|repository|project|remote) (?:\S+ )?is (?:currently )?read[- ]only/i,
  ],
  ["place", "read_only", /marked as read only|deploy key (?:does not|doesn't) have write access|maintenance mode/i],
  [
    "place",
    "remote_full",
    /no space left on device|disk quota exceeded|over (?:its |the )?(?:storage )?quota|exceed(?:ed|s)? (?:the |its )?(?:repository|storage|namespace|size) (?:\w+ )?(?:limit|quota|allocation)/i,
  ],
  [
    "place",
    "remote_full",
    /(?:repository|namespace|storage) .{0,40}(?:size limit|storage limit|over quota|quota exceeded)/i,
  ],
  [
    "place",
    "no_right",
    /permission to \S+ denied to|write access to (?:the )?repository not granted|insufficient permission/i,
  ],
  [
    "place",
    "no_right",
    /not (?:allowed|permitted|authorized) to (?:push (?:code )?to|access|write to|upload) (?:this |the )?(?:project|repository|repo)/i,
  ],
  [
    "place",
    "no_right",
    /\bTF401027\b|permission denied (?:for writing|to update branch)|\bDENIED by\b|insufficientpermission/i,
  ],
  [
    "place",
    "no_right",
    /do(?:n't| not) have (?:the )?(?:permission|rights?|access|write access)|you are not permitted to access/i,
  ],
  [
    "place",
    "no_right",
    /requested URL returned error: 40[13]|authentication failed|could not read (?:username|password)/i,
  ],
  ["place", "no_right", /permission denied \(publickey|invalid (?:username|credentials)|unauthorized|access denied/i],
  [
    "place",
    "no_right",
    /unable to create temporary object directory|cannot (?:update the ref|mkdir).*permission denied/i,
  ],
  [
    "place",
    "gone",
    /repository (?:\S+ )?not found|does not appear to be a git repository|project you were looking for could not be found/i,
  ],
  [
    "place",
    "gone",
    /requested URL returned error: 404|no such (?:repository|project)|repository .{0,200} does not exist/i,
  ],
  [
    "place",
    "unsigned",
    /must (?:have verified signatures|be (?:gpg[- ])?signed)|unsigned commits?|signature (?:is )?required/i,
  ],
  ["place", "branch_name", /branch name .{0,200}(?:does not|doesn't|must) (?:follow|match)|cannot create ref due to/i],
];

/** What is in the branch: the bead's own. */
const contents: readonly Rule[] = [
  [
    "content",
    "secret",
    /\bsecrets? (?:detected|found|leak)|push protection|cannot contain secrets|(?:leaked|hard-?coded|contains?) (?:a |an )?(?:secret|credential|private key|api key)/i,
  ],
  [
    "content",
    "too_large",
    /\bGH001\b|large files? detected|file size limit|exceeds? (?:the )?(?:maximum|allowed|max)? ?(?:allowed )?(?:file |pack |object |push |blob )*size|larger than (?:the )?(?:\S+ )?(?:limit|maximum|allowed|\d)/i,
  ],
  [
    "content",
    "too_large",
    /exceed(?:s|ed)? the \S+ (?:limit|size)|(?:file|blob|object|pack|push) (?:\S+ )?(?:is |was )?too (?:large|big)|returned error: 413|HTTP 413/i,
  ],
  [
    "content",
    "lfs",
    /\bGH008\b|lfs objects? (?:are |is )?missing|unknown git lfs objects?|should have been (?:a )?(?:lfs )?pointers?/i,
  ],
  [
    "content",
    "email",
    /\bGH007\b|publish a private email|(?:author|committer|commit)(?:'s)? (?:'?\S+@\S+'? )?(?:email|e-mail)|email address.{0,80}(?:not|must|doesn't)/i,
  ],
  [
    "content",
    "email",
    /committer is not|author .{0,120} is not (?:a )?(?:member|known|allowed)|can only push (?:your own )?commits/i,
  ],
  ["content", "signed_off", /signed-?off-?by|\bDCO\b|sign(?:ed)?[- ]off/i],
  [
    "content",
    "commit_message",
    /commit message|missing change-id|(?:subject|message) (?:line )?(?:is too long|must|does not|doesn't|should)|conventional commits?|(?:issue|ticket|jira)(?: \w+)? (?:key|id|number|reference)/i,
  ],
  ["content", "merge_commit", /must not contain merge commits|linear history|merge commits? (?:are |is )?not allowed/i],
  [
    "content",
    "file_rule",
    /(?:file ?name|file ?path|path|file|extension)s? (?:\S+ )?(?:is|are|was|were) (?:prohibited|restricted|not allowed|forbidden|locked|blocked|denied)/i,
  ],
  [
    "content",
    "file_rule",
    /restricted (?:file )?(?:path|extension|name)|prohibited (?:file|path)|(?:file ?path|file ?name|path) (?:length )?(?:restriction|too long|exceeds|must|does not)/i,
  ],
  [
    "content",
    "file_rule",
    /workflow .{0,200}without .?workflows?.? (?:scope|permission)|path lock|locked (?:by|in git lfs)|forbidden (?:file|path)|protected from changing file|conflict markers?/i,
  ],
  [
    "content",
    "malformed",
    /fsck error|error in (?:packed )?object|hasDot(?:git|dot)?|missingSpaceBefore|badDate|badTimezone|zeroPadded|invalid object/i,
  ],
];

/** Likely, where no rule above knew the words. */
const likely: readonly Rule[] = [
  [
    "place",
    "protected",
    /no direct (?:push|commit)|direct(?:ly)? push|push(?:es|ing)? (?:directly )?to .{0,80}(?:is|are) (?:not (?:allowed|permitted)|disabled|forbidden|denied|blocked|prohibited)/i,
  ],
  [
    "place",
    "protected",
    /(?:branch|ref|refs\/heads\/\S+|main|master) .{0,60}(?:frozen|freeze|locked|protected|closed|not allowed|forbidden|denied|declined)/i,
  ],
  [
    "place",
    "branch_name",
    /(?:branch|ref) ?names?\b|(?:branch|branches|ref|refs) (?:must|should|may|have to) (?:be|begin|start|match|follow)|unexpected branch|naming convention/i,
  ],
  [
    "place",
    "no_right",
    /you (?:are not|aren't|may not|can't|cannot) (?:allowed|permitted|authorized)? ?(?:to )?(?:push|write|update|create)/i,
  ],
];

const networks: readonly Rule[] = [
  [
    "network",
    "unreachable",
    /could not resolve host|connection (?:refused|timed out|reset|closed)|network is unreachable|no route to host|operation timed out|name resolution|gave up waiting/i,
  ],
  [
    "network",
    "unreachable",
    /early EOF|hung up unexpectedly|RPC failed|broken pipe|SSL|TLS|GnuTLS|unexpected disconnect|failed to connect|couldn't connect|transfer closed/i,
  ],
  [
    "network",
    "remote_failed",
    /returned error: (?:408|429|5\d\d)|internal (?:server )?error|service unavailable|too many requests|rate limit|temporarily unavailable|try again later|timed? ?out|GL-HOOK-ERR: .*(?:unreachable|timeout)/i,
  ],
];

export const words: readonly Rule[] = [...surePlaces, ...contents, ...networks, ...likely];
