/** A client that is made from openapi.json, against a Worker and a host as `npm start` runs them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import createClient from "openapi-fetch";
import { expect, test } from "vitest";
import type { components, paths } from "../../cli/api-types.ts";
import { boot } from "../e2e/town.ts";
import { makeRepository } from "../host/support.ts";

type Schemas = components["schemas"];

/** What a request brought; a refusal fails the test with what it says. */
function answered<T>({ data, error }: { data?: T; error?: Schemas["Problem"] }): T {
  if (data === undefined) throw new Error(`${error?.code}: ${error?.detail} ${error?.hint}`);
  return data;
}

async function aClient() {
  const { services, token } = await boot();
  const client = createClient<paths>({ baseUrl: services.url, headers: { authorization: `Bearer ${token}` } });
  return { client, url: services.url };
}

test("it makes a town, a rig and a bead, and reads the bead", async () => {
  const { client } = await aClient();
  const town = answered(await client.POST("/v1/towns", { body: { name: "home" } }));
  expect(town.beads.total).toBe(0);

  const path = { town: town.name };
  const rig = answered(
    await client.POST("/v1/towns/{town}/rigs", {
      params: { path },
      body: { id: "app", repoUrl: makeRepository().url },
    }),
  );
  expect(rig.defaultBranch).toBe("main");

  const made: Schemas["Bead"] = answered(
    await client.POST("/v1/towns/{town}/beads", {
      params: { path },
      body: { rig: rig.id, title: "Greet people by name", priority: 1 },
    }),
  );
  const { items } = answered(
    await client.GET("/v1/towns/{town}/beads", { params: { path, query: { status: "open", limit: 5 } } }),
  );
  expect(items).toEqual([made]);
  const bead = answered(
    await client.GET("/v1/towns/{town}/beads/{bead}", { params: { path: { ...path, bead: made.id } } }),
  );
  expect(bead).toMatchObject(made);
  expect(made).toMatchObject({ id: "app-1", title: "Greet people by name", status: "open", priority: 1 });

  const again = await client.POST("/v1/towns", { body: { name: "home" } });
  expect(again.response.status).toBe(409);
  expect(again.error?.code).toBe("town_exists");
});

/** Each of these lines is an error for the compiler, which fails here where one is none; the Worker refuses all the same. */
test("what is not in the document does not compile, and is refused", async () => {
  const { client } = await aClient();
  const params = { path: { town: answered(await client.POST("/v1/towns", { body: { name: "home" } })).name } };
  const codes = await Promise.all([
    // @ts-expect-error no such path
    client.POST("/v1/towns/{town}/bead", { params, body: {} }),
    // @ts-expect-error no such field
    client.POST("/v1/towns/{town}/beads", { params, body: { rig: "app", titel: "Greet people by name" } }),
    // @ts-expect-error a title is a text
    client.POST("/v1/towns/{town}/beads", { params, body: { rig: "app", title: 7 } }),
    // @ts-expect-error a bead needs a title
    client.POST("/v1/towns/{town}/beads", { params, body: { rig: "app" } }),
    // @ts-expect-error nothing of beads is asked for by this word
    client.GET("/v1/towns/{town}/beads", { params: { ...params, query: { colour: "red" } } }),
    // @ts-expect-error beads are not deleted
    client.DELETE("/v1/towns/{town}/beads", { params }),
  ]).then((all) => all.map(({ error }) => (error as Schemas["Problem"] | undefined)?.code));
  expect(codes).toEqual([
    "no_route",
    "invalid_input",
    "invalid_input",
    "invalid_input",
    "invalid_input",
    "method_not_allowed",
  ]);
  // @ts-expect-error no such code
  expect(codes).not.toContain("town_missing" satisfies Schemas["Problem"]["code"]);
});

test("the Worker serves the document that the client was made from", async () => {
  const { url } = await aClient();
  const served = await (await fetch(`${url}/openapi.json`)).json();
  expect(served).toEqual(JSON.parse(readFileSync(join(import.meta.dirname, "../../openapi.json"), "utf8")));
});
