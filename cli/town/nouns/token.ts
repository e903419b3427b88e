import { type Command, InvalidArgumentError, Option } from "commander";
import type { Answer, Body } from "../../client.ts";
import { Desk } from "../desk.ts";
import { collected, given, type Pages, paged, wholeNumber } from "../given.ts";
import { columns, type Shape } from "../output.ts";
import { sureOf } from "../sure.ts";
import { type Looking, looking } from "./looking.ts";

type Made = Body<"post", "/v1/tokens">;

const shape: Shape = {
  name: ({ id }) => String(id),
  columns: [
    ...columns("id", "name", "state", "type"),
    { title: "may", of: ({ preset, scopes }) => preset ?? (scopes as string[]).join(",") },
    { title: "towns", of: ({ towns }) => (towns as string[]).join(",") },
    ...columns("expires:expiresAt", "last used:lastUsedAt"),
  ],
};

/** A duration in whole days, as the Worker counts them. */
function daysOf(given: string): number {
  const [, days] = /^([1-9]\d{0,3})d?$/.exec(given) ?? [];
  if (days === undefined) throw new InvalidArgumentError("give days, such as 30d");
  return Number(days);
}

/** A secret is told once, on a line of its own, so that a program can take it. */
const told = ({ name, id, token }: Answer<"post", "/v1/tokens">, what: string): string =>
  `${name} (${id}): ${what}; its secret is told this once\n${token}`;

/** What lets people and programs in. */
export function token(program: Command): void {
  const noun = program.command("token").description("what lets people and programs in: made, listed, rotated, revoked");
  addLooking(noun);
  addMaking(noun);
}

function addLooking(noun: Command): void {
  looking(paged(noun.command("list").description("the newest first; never their secrets"))).action(
    async ({ watch, all, limit = 50 }: Pages & Looking, command) => {
      const desk = new Desk(command);
      await desk.looking(watch, async () =>
        desk.showList(await desk.client.list("/v1/tokens", {}, {}, all ? null : limit), shape),
      );
    },
  );

  noun
    .command("show [token]")
    .description("one of them by its id; left out: the one that you ask with, and what it may do")
    .action(async (token: string | undefined, _options, command) => {
      const desk = new Desk(command);
      desk.show(await desk.client.send("get", "/v1/tokens/{token}", { token: token ?? "self" }), shape);
    });
}

interface Making {
  preset?: NonNullable<Made["preset"]>;
  scope?: NonNullable<Made["scopes"]>;
  forTown?: string[];
  expires?: number;
}

function addMaking(noun: Command): void {
  noun
    .command("create <name>")
    .description("makes one, and tells its secret once")
    .addOption(new Option("--preset <set>", "what it may do").choices(["viewer", "submitter", "operator", "admin"]))
    .option("--scope <scope>", "instead of a preset: one thing that it may do; again for each", collected)
    .option("--for-town <town>", "for this town alone; again for each; left out: for all", collected)
    .option("--expires <days>", "after so long: 30d (90d)", daysOf)
    .action(async (name: string, { preset, scope: scopes, forTown: towns, expires }: Making, command) => {
      const desk = new Desk(command);
      const body = { name, ...given({ preset, scopes, towns, expiresInDays: expires }) };
      const made = await desk.client.send("post", "/v1/tokens", {}, { body });
      desk.done(made, shape, told(made, "made"));
    });

  noun
    .command("rotate <token>")
    .description("a new secret; the one before is taken for an hour")
    .option("--overlap <minutes>", "for so many minutes instead", wholeNumber(0, 7 * 24 * 60))
    .option("--expires <days>", "after so long: 30d (90d)", daysOf)
    .action(async (token: string, { overlap, expires }: { overlap?: number; expires?: number }, command) => {
      const desk = new Desk(command);
      const body = given({ overlapMinutes: overlap, expiresInDays: expires });
      const made = await desk.client.send("post", "/v1/tokens/{token}/rotate", { token }, { body });
      desk.done(made, shape, told(made, "has a new secret"));
    });

  noun
    .command("revoke <token>")
    .description("it is worth nothing from now on")
    .option("-y, --yes", "without asking; needed where nobody can be asked")
    .action(async (token: string, { yes }: { yes?: boolean }, command) => {
      const desk = new Desk(command);
      await sureOf(`Shall ${token} be worth nothing from now on?`, yes, desk.again(`token revoke ${token} --yes`));
      const revoked = await desk.client.send("delete", "/v1/tokens/{token}", { token });
      desk.done(revoked, shape, `${token}: revoked`);
    });
}
