/** OpenAPI 3.1, made from the registries: what stands there is what the routes take and answer. */
import { z } from "zod";
import { commands } from "../commands/index.ts";
import { NEXT_CURSOR, namesIn, type Operation, pathOf, textPage } from "../lib/operation.ts";
import { slug } from "../protocol/common.ts";
import { queries } from "../queries/index.ts";
import { shownBy, writtenWhole } from "../queries/shown-by.ts";
import { ownOperations, speakMcp } from "./own-operations.ts";
import { problemSchema } from "./problem-schema.ts";
import { EVENTS } from "./stream-operations.ts";

export type Json = Record<string, unknown>;

/** All that an operator can ask for, by path: an order that does not depend on that of the registries. */
const operations: readonly Operation[] = [...queries, ...commands, ...ownOperations].toSorted(
  (a, b) => pathOf(a).localeCompare(pathOf(b), "en") || a.method.localeCompare(b.method, "en"),
);

export function openApi(): Json {
  const schemas: Json = {};
  const problem = schemaOf(problemSchema, "output", schemas);
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = pathOf(operation);
    const method = operation.method.toLowerCase();
    const one = described(operation, schemas);
    const other = paths[path]?.[method] as Described | undefined;
    paths[path] = { ...paths[path], [method]: other ? inOne(other, one) : one };
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "Townkeeper",
      version: "1",
      description: "Keeps a town of coding agents at work.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    security: [{ operator: [] }],
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => a.localeCompare(b, "en"))),
      responses: {
        Problem: {
          description: "Refused, with a stable `code` and how to mend it (RFC 9457).",
          content: { "application/problem+json": { schema: problem } },
        },
      },
      securitySchemes: {
        operator: { type: "http", scheme: "bearer", description: "The operator's token, `TOWNKEEPER_TOKEN`." },
      },
    },
  };
}

interface Described extends Json {
  parameters: Json[];
  responses: Record<string, Json & { content?: Json }>;
}

/** Two operations in one place: what the second takes beside, and what it answers, which is of another type. */
const inOne = (one: Described, other: Described): Described => ({
  ...one,
  parameters: [
    ...one.parameters,
    ...other.parameters.filter(({ name }) => one.parameters.every((of) => of.name !== name)),
  ],
  responses: Object.fromEntries(
    Object.entries(one.responses).map(([status, response]) => [
      status,
      response.content
        ? { ...response, content: { ...response.content, ...other.responses[status]?.content } }
        : response,
    ]),
  ),
});

/** Answers that have no body. */
const bodiless = (operation: Operation): Record<string, Json> =>
  operation === speakMcp ? { 202: { description: "A notification, which is taken and has no answer." } } : {};

function described(operation: Operation, schemas: Json): Described {
  const {
    name,
    summary,
    status = 200,
    output,
    outputType,
    params = {},
    query,
    body,
    bodyType,
    emptyBody = false,
  } = operation;
  const path = pathOf(operation);
  const inPath = { town: slug, ...params };
  const parameters = [
    ...namesIn(path).map((param) => ({
      name: param,
      in: "path",
      required: true,
      schema: schemaOf(inPath[param as never] ?? slug, "input", schemas),
    })),
    ...(query ? queryParameters(query, schemas) : []),
    ...(isDoneOnce(operation) ? [ONCE] : []),
    ...(shownBy(operation) ? [ifMatch(writtenWhole(operation))] : []),
  ];
  return {
    operationId: name,
    summary,
    ...(operation.scope && { "x-scope": operation.scope }),
    tags: [/^\/(?:v1\/(?:towns\/\{town\}\/)?(?!towns\b))?(?!v1\b)(\w+)/.exec(path)?.[1] ?? "town"],
    parameters,
    ...(body && {
      requestBody: {
        required: !emptyBody,
        content: { [bodyType ?? "application/json"]: { schema: schemaOf(body, "input", schemas) } },
      },
    }),
    responses: {
      [status]: {
        description: status === 201 ? "Created" : "OK",
        ...(output === textPage && { headers: { [NEXT_CURSOR]: nextCursor } }),
        content: {
          [outputType ?? "application/json"]: {
            // Of a stream: each event's data.
            schema: outputType && outputType !== EVENTS ? { type: "string" } : schemaOf(output, "output", schemas),
          },
        },
      },
      ...bodiless(operation),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** What takes a key: commands, and what is asked for by `POST` beside them, but for MCP, whose calls have it among their arguments. */
const isDoneOnce = (operation: Operation): boolean =>
  commands.some((command) => command === operation) || (operation.method === "POST" && operation !== speakMcp);

const ONCE = {
  name: "Idempotency-Key",
  in: "header",
  description: "Sent again within a day, the same request with the same key is answered as before and done once.",
  schema: { type: "string", maxLength: 200 },
};

/** @param whole what is not changed without it */
const ifMatch = (whole: readonly string[]) => ({
  name: "If-Match",
  in: "header",
  description: `The \`ETag\` of what is to be changed, as it was read: if it was changed since, nothing is.${
    whole.length === 0 ? "" : ` Asked for (428) where ${whole.join(", ")} is changed; \`*\`: whatever is there.`
  }`,
  schema: { type: "string" },
});

const nextCursor = {
  description: "Where the next page begins. Left out: this was the last, or all of them are sent.",
  schema: { type: "string" },
};

function queryParameters(query: z.ZodType, schemas: Json): Json[] {
  const { properties = {}, required = [] } = schemaOf(query, "input", schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: "query", required: required.includes(name), schema },
  }));
}

/** @param schemas takes those that have a name */
function schemaOf(schema: z.ZodType, io: "input" | "output", schemas: Json): Json {
  // Inside of another, since a schema with a name is only referred to there.
  const { properties, $defs = {} } = JSON.parse(
    JSON.stringify(
      z.toJSONSchema(z.object({ it: schema }), {
        io,
        unrepresentable: "any",
        override: io === "output" ? opened : kept,
      }),
    ).replaceAll('"#/$defs/', '"#/components/schemas/'),
  ) as { properties: { it: Json }; $defs?: Record<string, Json> };
  for (const [name, { id: _, ...def }] of Object.entries($defs)) {
    if (schemas[name] && JSON.stringify(schemas[name]) !== JSON.stringify(def))
      throw new Error(`two schemas are called ${name}`);
    schemas[name] = def;
  }
  return properties.it;
}

type Overridden = { jsonSchema: { additionalProperties?: unknown; format?: unknown; pattern?: unknown } };
const kept = ({ jsonSchema }: Overridden) => {
  // The pattern of a time is far longer than its name.
  if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
};

/** An answer may have more in it than is known of it today. */
const opened = ({ jsonSchema }: Overridden) => {
  kept({ jsonSchema });
  if (jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
};
