/** openapi.json as a tool that was never told of us reads it. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { REFUSALS } from "../../src/lib/refusal-codes.ts";

interface Operation {
  operationId?: string;
  responses: Record<string, { $ref?: string; content?: Record<string, { schema?: object }> }>;
}

const document = JSON.parse(readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8"));
const operations = Object.entries(document.paths as Record<string, Record<string, Operation>>).flatMap(
  ([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ at: `${method} ${path}`, ...operation })),
);

/** @returns what a reference leads to; undefined if nothing is there */
const at = (ref: string): unknown =>
  ref
    .replace(/^#\//, "")
    .split("/")
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], document);

function refsIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) =>
    key === "$ref" && typeof inner === "string" ? [inner] : refsIn(inner),
  );
}

test("it is valid OpenAPI 3.1", async () => {
  const validator = new Validator();
  expect(await validator.validate(document)).toEqual({ valid: true });
  expect(validator.version).toBe("3.1");
});

test("every reference leads somewhere within it, and every schema is referred to", () => {
  const refs = refsIn(document);
  expect(refs.length).toBeGreaterThan(50);
  expect(refs.filter((ref) => !ref.startsWith("#/") || at(ref) === undefined)).toEqual([]);
  const schemas = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`);
  expect(schemas.filter((name) => !refs.includes(name))).toEqual([]);
});

test("each operation has an id of its own, a schema for each answer, and says how it refuses", () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(ids.length).toBeGreaterThan(30);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).not.toContain(undefined);
  for (const { at: where, responses } of operations) {
    expect(responses.default, where).toEqual({ $ref: "#/components/responses/Problem" });
    const { default: _, ...answers } = responses;
    expect(Object.keys(answers).length, where).toBeGreaterThan(0);
    for (const [status, { content = {} }] of Object.entries(answers)) {
      // A notification is taken, and has no answer.
      if (status === "202") continue;
      expect(Object.keys(content).length, where).toBeGreaterThan(0);
      for (const { schema } of Object.values(content)) expect(Object.keys(schema ?? {}), where).not.toEqual([]);
    }
  }
});

test("a refusal has every code there is", () => {
  expect(document.components.schemas.Problem.properties.code.enum).toEqual(Object.keys(REFUSALS));
  expect(document.components.responses.Problem.content["application/problem+json"].schema).toEqual({
    $ref: "#/components/schemas/Problem",
  });
});
