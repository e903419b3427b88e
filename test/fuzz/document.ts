/** openapi.json as the fuzzer reads it: what each route takes, and what it may answer. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

export interface Schema {
  $ref?: string;
  type?: string | string[];
  enum?: unknown[];
  const?: unknown;
  anyOf?: Schema[];
  oneOf?: Schema[];
  allOf?: Schema[];
  items?: Schema | false;
  prefixItems?: Schema[];
  minItems?: number;
  maxItems?: number;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "header";
  required?: boolean;
  schema: Schema;
}

type Content = Record<string, { schema: Schema }>;

interface Described {
  operationId: string;
  parameters: Parameter[];
  requestBody?: { required: boolean; content: Content };
  responses: Record<string, { content?: Content }>;
}

export interface Route {
  /** As the document calls it, such as `create-bead`. */
  name: string;
  method: string;
  path: string;
  inPath: readonly Parameter[];
  inQuery: readonly Parameter[];
  /** Whether it may be sent again with its key. */
  takesKey: boolean;
  body: { type: string; schema: Schema; isRequired: boolean } | null;
  answers: readonly { status: number; type: string; check: z.ZodType }[];
  /** Whether a body holds to the document; null where nothing can be said. */
  bodyCheck: z.ZodType | null;
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8")) as {
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, Schema> };
};

export const deref = (schema: Schema): Schema =>
  schema.$ref ? deref(document.components.schemas[schema.$ref.replace(/.*\//, "")] as Schema) : schema;

/** Of the document's own words, so not of what the Worker was made from. */
function checkOf(schema: Schema): z.ZodType {
  const whole = { $schema: "https://json-schema.org/draft/2020-12/schema", ...schema };
  const text = JSON.stringify({ ...whole, $defs: document.components.schemas });
  return z.fromJSONSchema(JSON.parse(text.replaceAll('"#/components/schemas/', '"#/$defs/')));
}

export const problemCheck = checkOf({ $ref: "#/components/schemas/Problem" });

export const JSON_TYPE = "application/json";

function routeOf(method: string, path: string, { operationId, parameters, requestBody, responses }: Described): Route {
  const [type, content] = Object.entries(requestBody?.content ?? {})[0] ?? [];
  return {
    name: operationId,
    method: method.toUpperCase(),
    path,
    inPath: parameters.filter((parameter) => parameter.in === "path"),
    inQuery: parameters.filter((parameter) => parameter.in === "query"),
    takesKey: parameters.some(({ name }) => name === "Idempotency-Key"),
    body: type && content ? { type, schema: content.schema, isRequired: requestBody?.required === true } : null,
    bodyCheck: type === JSON_TYPE && content ? checkOf(content.schema) : null,
    answers: Object.entries(responses).flatMap(([status, { content: answer = {} }]) =>
      status === "default"
        ? []
        : Object.entries(answer).map(([answerType, { schema }]) => ({
            ...{ status: Number(status), type: answerType, check: checkOf(schema) },
          })),
    ),
  };
}

export const routes: readonly Route[] = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, described]) => routeOf(method, path, described)),
);
