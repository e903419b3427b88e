/** cli/api-types.ts: openapi.json as types, made by openapi-typescript, which wants a TypeScript of its own and lies in test/client. */
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { install } from "./install.mjs";

/** Which openapi.json they were made from, so that older ones are found out without making new ones. */
export const headOf = (openApiText) =>
  `/** Made by \`npm run api\`, never by hand, from an openapi.json whose SHA-256 is ${createHash("sha256").update(openApiText).digest("hex")}. */\n`;

/** @throws Error if npm can't install what makes them */
export async function apiTypes(root, openApiText) {
  const folder = join(root, "test/client");
  await install(folder);
  const { default: openapiTS, astToString } = createRequire(join(folder, "package.json"))("openapi-typescript");
  return headOf(openApiText) + astToString(await openapiTS(JSON.parse(openApiText), { silent: true }));
}
