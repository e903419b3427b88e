/** OpenAPI as a page to read, and as docs/api.md: what a request takes, what it answers, and an example of each. */
import type { Json } from "./openapi.ts";

interface Described {
  method: string;
  path: string;
  summary: string;
  tag: string;
  /** What a token must be allowed. */
  scope: string | undefined;
  /** `?rig=&limit=` */
  query: string;
  /** Name, type, whether it may be left out. */
  fields: Field[];
  example: string;
  answers: string;
}

interface Field {
  name: string;
  type: string;
  isOptional: boolean;
  about: string;
}

type Schema = Json & {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  items?: Schema;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  description?: string;
  examples?: Record<string, unknown>[];
};

/** What the fields of examples hold, by name; others hold what their type says. */
const SAMPLES: Record<string, unknown> = {
  id: "ada",
  name: "home",
  rig: "app",
  repoUrl: "https://example.com/app.git",
  title: "Greet people by name",
  reason: "it is wanted otherwise",
};

/** All operations, in the order of their paths. */
function describedIn(document: Json): Described[] {
  const paths = document.paths as Record<string, Record<string, Json>>;
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => describe(method.toUpperCase(), path, operation)),
  );
}

function describe(method: string, path: string, operation: Json): Described {
  const parameters = operation.parameters as { name: string; in: string; schema: Schema }[];
  const query = parameters.filter((parameter) => parameter.in === "query").map(({ name }) => `${name}=`);
  const [type, content] =
    Object.entries((operation.requestBody as { content?: object } | undefined)?.content ?? {})[0] ?? [];
  const body = (content as { schema: Schema } | undefined)?.schema;
  const [answer] = Object.values(
    operation.responses as Record<string, { content?: Record<string, { schema: Schema }> }>,
  );
  return {
    method,
    path,
    summary: operation.summary as string,
    scope: operation["x-scope"] as string | undefined,
    tag: (operation.tags as string[])[0] ?? "",
    query: query.length > 0 ? `?${query.join("&")}` : "",
    fields: body ? fieldsOf(body) : [],
    example: exampleOf(method, path, type, body),
    answers: typeOf(Object.values(answer?.content ?? {})[0]?.schema ?? {}),
  };
}

const fieldsOf = ({ properties = {}, required = [] }: Schema): Field[] =>
  Object.entries(properties).map(([name, schema]) => ({
    ...{ name, type: typeOf(schema), isOptional: !required.includes(name), about: schema.description ?? "" },
  }));

/** In one line. */
function typeOf(schema: Schema): string {
  if (schema.$ref) return schema.$ref.replace(/.*\//, "");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" or ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return [...new Set(either.map(typeOf))].join(" or ");
  if (schema.type === "array") return `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type !== "object") return [schema.type ?? "any"].flat().join(" or ");
  const { required = [] } = schema;
  const names = Object.keys(schema.properties ?? {}).map((name) => (required.includes(name) ? name : `${name}?`));
  return names.length > 0 ? `{${names.join(", ")}}` : "object";
}

function exampleOf(method: string, path: string, type: string | undefined, body: Schema | undefined): string {
  const to = path
    .replace("{town}", "home")
    .replaceAll(/\{(\w+)\}/g, (_, name: string) => (name === "bead" ? "app-3" : name === "fence" ? "7" : name));
  const head = `curl -X ${method} "$TOWN_URL${to}" -H "Authorization: Bearer $TOKEN"`;
  if (!body) return head;
  const sent = type === "application/json" ? `-d '${JSON.stringify(sampleOf(body))}'` : "--data-binary @app.jsonl";
  return `${head} ${sent}`;
}

/** What it says itself; else what must be given, and one more field where nothing must. */
function sampleOf({ properties = {}, required = [], examples = [] }: Schema): Record<string, unknown> {
  if (examples[0]) return examples[0];
  const names = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
  return Object.fromEntries(names.map((name) => [name, SAMPLES[name] ?? sampleValue(properties[name] ?? {})]));
}

function sampleValue(schema: Schema): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (schema.anyOf?.[0]) return sampleValue(schema.anyOf[0]);
  if (schema.type === "array") return schema.items ? [sampleValue(schema.items)] : [];
  if (schema.type === "object") return sampleOf(schema);
  if (schema.type === "boolean") return true;
  return schema.type === "integer" || schema.type === "number" ? 1 : "some-name";
}

/** docs/api.md */
export function docsMarkdown(document: Json): string {
  const parts = [...byTag(describedIn(document))].map(
    ([tag, all]) => `## ${tag}\n\n${all.map(markdownOf).join("\n\n")}`,
  );
  return `# The HTTP interface

Made from the registries of commands and queries by \`npm run api\`. The same is served at \`/docs\`, and for programs at
\`/openapi.json\`. Every request carries \`Authorization: Bearer TOKEN\`; [refusals.md](refusals.md) has what is refused, and what to do.

${parts.join("\n\n")}
`;
}

function markdownOf({ method, path, query, summary, fields, example, answers, scope }: Described): string {
  const rows = fields.map(
    ({ name, type, isOptional, about }) =>
      `- \`${name}\`${isOptional ? " (optional)" : ""}: \`${type}\`${about ? `, ${about}` : ""}`,
  );
  const takes = rows.length > 0 ? `\n${rows.join("\n")}\n` : "";
  return `### \`${method} ${path}${query}\`\n${summary}\n${takes}\nTakes ${scope ? `the scope \`${scope}\`` : "any token"}, and answers \`${answers}\`.\n\`\`\`sh\n${example}\n\`\`\``;
}

const byTag = (all: readonly Described[]): Map<string, Described[]> => {
  const tags = new Map<string, Described[]>();
  for (const one of all) tags.set(one.tag, [...(tags.get(one.tag) ?? []), one]);
  return tags;
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color-scheme:light dark}
code,pre{font:14px/1.4 ui-monospace,monospace}pre{overflow-x:auto;padding:.6rem;border:1px solid #8886;border-radius:4px}
h2{margin-top:2.5rem}h3{margin-bottom:.2rem}`;

/** @returns the page, for the nonce of its style sheet */
export function docsHtml(document: Json): (nonce: string) => string {
  const parts = [...byTag(describedIn(document))].map(
    ([tag, all]) => `<h2>${escaped(tag)}</h2>${all.map(htmlOf).join("")}`,
  );
  return (
    nonce,
  ) => `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Townkeeper: the HTTP interface</title><style nonce="${nonce}">${STYLE}</style>
<h1>The HTTP interface</h1><p>For programs: <a href="/openapi.json">openapi.json</a>.</p>${parts.join("\n")}</html>`;
}

function htmlOf({ method, path, query, summary, fields, example, answers, scope }: Described): string {
  const rows = fields.map(
    ({ name, type, isOptional, about }) =>
      `<li><code>${escaped(name)}</code>${isOptional ? " (optional)" : ""}: <code>${escaped(type)}</code>${about ? `, ${escaped(about)}` : ""}</li>`,
  );
  const takes = rows.length > 0 ? `<ul>${rows.join("")}</ul>` : "";
  return `<h3><code>${escaped(`${method} ${path}${query}`)}</code></h3><p>${escaped(summary)}</p>${takes}<p>Takes ${scope ? `the scope <code>${escaped(scope)}</code>` : "any token"}, and answers <code>${escaped(answers)}</code>.</p><pre>${escaped(example)}</pre>`;
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
