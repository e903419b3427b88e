/**
 * What all tools hand on from the same few providers: their errors' types and statuses, and the words that stand for one. A tool's own file
 * has what it alone says. Rows are tried from the top, and the first that fits counts.
 */
import type { TroubleCode } from "./said.ts";

/** One tool's, or all tools': signal → code. */
export interface Signals {
  /** Names of errors, as they stand in its fields. */
  types?: Readonly<Record<string, TroubleCode>>;
  /** Words that say more than the status or type beside them, which providers use for several things. */
  exact?: readonly Row[];
  /** Words that count where there is neither. */
  words?: readonly Row[];
}
export type Row = readonly [RegExp, TroubleCode];

const named = (code: TroubleCode, names: string): [string, TroubleCode][] =>
  names.split(/\s+/).map((name) => [name.toLowerCase(), code]);

/** By name in lower case. Names that mean nothing by themselves (`invalid_request_error`, `unknown`, `Error`) are left out. */
export const TYPES: Readonly<Record<string, TroubleCode>> = Object.fromEntries([
  ...named(
    "provider_limited",
    `rate_limit rate_limit_error rate_limit_exceeded RateLimitError rateLimitExceeded too_many_requests model_rate_limited usage_limit_reached
     usage_limit_exceeded usageLimitExceeded quota_exhausted quota_exceeded FreeUsageLimitError GoUsageLimitError RESOURCE_EXHAUSTED`,
  ),
  ...named("model_limited", "MODEL_CAPACITY_EXHAUSTED server_is_overloaded serverOverloaded model_at_capacity"),
  ...named(
    "no_credit",
    `billing_error insufficient_quota insufficient_credits insufficient_balance insufficient_funds CreditsError credits_required
     INSUFFICIENT_G1_CREDITS_BALANCE payment_required billing_not_active billing_hard_limit_reached BalanceError budget_exceeded`,
  ),
  ...named(
    "auth",
    `authentication_error authentication_failed auth_required invalid_api_key invalid_authentication UNAUTHENTICATED API_KEY_INVALID unauthorized
     ProviderAuthError AuthError token_expired token_revoked refresh_token_expired cloud_credential_error FatalAuthenticationError`,
  ),
  ...named(
    "no_access",
    `permission_error PERMISSION_DENIED oauth_org_not_allowed account_on_hold account_deactivated verification_required VALIDATION_REQUIRED
     usage_not_included organization_disabled unsupported_country_region_territory`,
  ),
  ...named("unknown_model", "model_not_found ProviderModelNotFoundError ModelNotFoundError deployment_not_found"),
  ...named(
    "provider_down",
    `overloaded overloaded_error server_error api_error internal_server_error internalServerError INTERNAL UNAVAILABLE service_unavailable
     DEADLINE_EXCEEDED timeout_error`,
  ),
  ...named(
    "network",
    `transport_lost ECONNREFUSED ECONNRESET ECONNABORTED ENOTFOUND EAI_AGAIN ETIMEDOUT EHOSTUNREACH ENETUNREACH EPIPE ConnectionRefused
     UND_ERR_CONNECT_TIMEOUT UND_ERR_SOCKET UND_ERR_HEADERS_TIMEOUT httpConnectionFailed responseStreamConnectionFailed
     responseStreamDisconnected`,
  ),
  ...named("context_full", "context_length_exceeded contextWindowExceeded ContextOverflowError request_too_large"),
  ...named("output_limit", "max_output_tokens MessageOutputLengthError"),
  ...named("refusal", "content_filter cyberPolicy safety_monitor_blocked"),
]);

const SPENT = "(?:reached|exceeded|hit|exhausted|used up)";
const PERIOD = "(?:usage|session|weekly|daily|hourly|monthly|5-hour|five-hour|7-day)";

/** Said beside statuses and types that mean something else as well. */
export const EXACT: readonly Row[] = [
  [/reached (?:the )?max(?:imum)? (?:number of )?(?:session )?turns/i, "max_turns"],
  [/reached (?:the )?max(?:imum)? budget/i, "over_budget"],
  // Whose limit it is comes first, for the same sentence may go on about credits and plans.
  [/\b(opus|sonnet|haiku|fable|astra|sol|luna|terra)\b(?: weekly| usage| monthly)? limit\b/i, "model_limited"],
  [/usage limit for [\w .:/-]{1,60}[.,] switch to another model/i, "model_limited"],
  [/exhausted your (?:daily |hourly )?(?:quota|capacity) on this model/i, "model_limited"],
  [/no capacity available for model|model is at capacity|capacity is unavailable/i, "model_limited"],
  [/\bspend(?:ing)? (?:limit|cap)\b/i, "no_credit"],
  [/\bhit your (?:[\w'-]+ ){0,4}limit\b/i, "provider_limited"],
  [new RegExp(String.raw`\b${PERIOD} (?:usage )?limit (?:has been |was )?${SPENT}\b`, "i"), "provider_limited"],
  [/\byou(?:'|’)?ve reached your (?:[\w-]+ ){0,3}limit\b/i, "provider_limited"],
  [/credit balance (?:is )?too low|credits? (?:has |have )?(?:run out|depleted)/i, "no_credit"],
  [/\b(?:insufficient|not enough) (?:account )?(?:balance|credits?|funds|quota)\b/i, "no_credit"],
  [
    /\bout of (?:extra usage|usage credits|credits)\b|\brequires? (?:usage |more )?credits\b|payment required/i,
    "no_credit",
  ],
  [/\bbilling (?:hard limit|is not (?:active|enabled))|check your plan and billing details\.?$/i, "no_credit"],
  [/exceeded your current quota[^\n]*read the docs/i, "no_credit"],
  [/(?<!disk )\bquota (?:has been |was |is |limit )?(?:exceeded|exhausted|reached)/i, "provider_limited"],
  [/(?:exceeded|exhausted) your [\w ]{0,30}quota|your quota will reset/i, "provider_limited"],
  [/organi[sz]ation (?:has been|is|was) (?:disabled|suspended|deactivated|on hold)/i, "no_access"],
  [/account (?:has been|is|was) (?:disabled|suspended|deactivated|on hold|banned)/i, "no_access"],
  [/not (?:currently )?(?:allowed|supported|permitted) for this organi[sz]ation/i, "no_access"],
  [/to use codex with your chatgpt plan|not included in your (?:current )?plan|upgrade your plan/i, "no_access"],
  [/does not have access to|doesn(?:'|’)t have access to|is not eligible for|verify your account/i, "no_access"],
  [/not (?:available|supported) in your (?:country|region)|location is not supported|restricted region/i, "no_access"],
  [/subscription (?:has )?(?:expired|lapsed|ended|is required|is inactive)/i, "no_access"],
  [
    /\bmodel\b[^\n]{0,100}\b(?:not found|does not exist|may not exist|is not supported|not supported when)/i,
    "unknown_model",
  ],
  [
    /\b(?:unknown|invalid|unsupported) model\b|not a valid model|no such model|issue with the selected model/i,
    "unknown_model",
  ],
  [
    /(?:oauth|access|refresh|api|bearer) (?:token|key)[^\n]{0,40}(?:expired|revoked|could not be refreshed|deactivated)/i,
    "auth",
  ],
  [
    /(?:context|prompt|input|conversation)[^\n]{0,40}\b(?:too long|too large|exceeds? the (?:context|maximum|limit))/i,
    "context_full",
  ],
  [/context (?:length|window|limit)|maximum context|out of room in the model/i, "context_full"],
  [/(?:usage policy|safety reasons|safeguards? flagged|flagged (?:for|as|this)|content (?:policy|filter))/i, "refusal"],
];

/** Where nothing but words is said. */
export const WORDS: readonly Row[] = [
  [
    /not (?:running )?in(?:side)? a trusted (?:directory|folder)|\buntrusted (?:folder|workspace|directory)|folder is not trusted/i,
    "untrusted_folder",
  ],
  [/\brate.?limit(?:ed|s)?\b(?!er)|too many requests|temporarily limiting requests/i, "provider_limited"],
  [/resource (?:has been )?exhausted|\bRESOURCE_EXHAUSTED\b/i, "provider_limited"],
  [/\blimit reached\b[^\n]*\b(?:reset|try again|\|\s*\d{10})/i, "provider_limited"],
  [
    /not logged in|not signed in|please (?:run \/login|(?:log ?in|sign in)(?:[.!]?$|[.!] | again| first| with))|run \/login|(?:log|sign) (?:in|out) (?:and|again)|set an auth method|invalid auth method/i,
    "auth",
  ],
  [
    /\b(?:invalid|incorrect|missing|no|expired|bad) (?:x-)?(?:bearer|api.?key|auth(?:entication)?(?:orization)? (?:token|credentials?|header)|access token|credentials?)\b/i,
    "auth",
  ],
  [
    /\bapi.?key (?:is )?(?:not (?:valid|found|set|provided)|missing|required|invalid|expired)|\bUNAUTHENTICATED\b/i,
    "auth",
  ],
  [
    /authentication (?:failed|error|required|is required)|could not resolve authentication|missing environment variable: `?\w*(?:key|token)/i,
    "auth",
  ],
  [
    /\boverloaded\b|high (?:demand|load)|internal server error|(?:service|server) (?:is )?(?:temporarily )?unavailable|bad gateway|gateway time-?out|unexpected server error/i,
    "provider_down",
  ],
  [
    /fetch failed|\bE(?:CONNREFUSED|CONNRESET|CONNABORTED|NOTFOUND|AI_AGAIN|TIMEDOUT|HOSTUNREACH|NETUNREACH)\b|getaddrinfo|socket hang up/i,
    "network",
  ],
  [
    /unable to connect|cannot connect to (?:the )?api|connection (?:error|refused|reset|closed|failed|lost|aborted|timed out|to the api was lost)|failed to connect/i,
    "network",
  ],
  [
    /network (?:error|is unreachable)|request timed out|(?:read|connect(?:ion)?) timed? ?out|error sending request|stream disconnected|premature close|response was incomplete|dns error|stream (?:closed|ended) (?:before|unexpectedly)/i,
    "network",
  ],
];

export function codeOfStatus(status: number): TroubleCode | null {
  if (status === 401) return "auth";
  if (status === 402) return "no_credit";
  if (status === 403) return "no_access";
  if (status === 408) return "network";
  if (status === 413) return "context_full";
  if (status === 429) return "provider_limited";
  return status >= 500 && status < 600 ? "provider_down" : null;
}
