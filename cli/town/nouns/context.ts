import { resolve } from "node:path";
import type { Command } from "commander";
import { z } from "zod";
import { Fault } from "../../fault.ts";
import { checkedToken, typedFrom, urlOf } from "../connection.ts";
import { type Context, contextOf, contextsFile, readContexts, writeContexts } from "../contexts.ts";
import { formatOf } from "../desk.ts";
import { given, inputOf } from "../given.ts";
import { columns, listed, type Shape, shown } from "../output.ts";

const LOCAL = "local";

const shape: Shape = {
  name: ({ name }) => String(name),
  columns: [{ title: "", of: ({ current }) => (current ? "*" : "") }, ...columns("name", "url", "town", "token")],
};

/** Its token itself is never shown. */
const shownOf = (name: string, { url, town, token, tokenFile }: Context, current: string | null) => ({
  ...{ name, url, town: town ?? null, current: name === current },
  token: token === undefined ? (tokenFile ?? "TOWNKEEPER_TOKEN") : "kept",
});

/** Towns elsewhere, by names of one's own. */
export function context(program: Command): void {
  const noun = program.command("context").description("towns elsewhere by names of your own: added, used, listed");
  addKeeping(noun);

  noun
    .command("use <context>")
    .description(`commands are about it from now on; '${LOCAL}': about the town keeper that runs here`)
    .action((name: string) => {
      const known = readContexts(process.env);
      if (name !== LOCAL) contextOf(known, name);
      writeContexts(process.env, { ...known, current: name === LOCAL ? null : name });
      process.stdout.write(`${name}: used from now on\n`);
    });

  noun
    .command("list")
    .description("all of them; the one with the star is used")
    .action((_options, command) => {
      const { current, contexts } = readContexts(process.env);
      const all = Object.entries(contexts).map(([name, each]) => shownOf(name, each, current));
      process.stdout.write(`${listed(all, shape, formatOf(command), process.stdout.columns ?? null)}\n`);
    });

  noun
    .command("show [context]")
    .description("one of them; left out: the one that is used")
    .action((name: string | undefined, _options, command) => {
      const known = readContexts(process.env);
      const wanted = name ?? known.current;
      if (wanted === null)
        throw new Fault("no context is used: commands are about the town keeper that runs here, or what --url says", 1);
      const one = shownOf(wanted, contextOf(known, wanted), known.current);
      process.stdout.write(`${shown(one, shape, formatOf(command))}\n`);
    });
}

const typed = z.object({ url: z.string().optional(), town: z.string().optional(), tokenFile: z.string().optional() });

function addKeeping(noun: Command): void {
  noun
    .command("add <context>")
    .description(
      "names a town: --url URL says where, --town NAME which, --token-file F what opens it (-: read it and keep it)",
    )
    .action(async (name: string, _options, command: Command) => {
      const { url, town, tokenFile } = typed.parse(command.optsWithGlobals());
      if (!/^[a-z0-9][a-z0-9-]{0,59}$/.test(name) || name === LOCAL)
        throw new Fault(`a context can't be called ${name}: use lower-case letters, digits and dashes; not ${LOCAL}`);
      if (url === undefined) throw new Fault(`say where it is: context add ${name} --url https://…`);
      const known = readContexts(process.env);
      const made: Context = {
        url: urlOf("--url", url),
        ...given({ town: town ?? (process.env.TOWNKEEPER_TOWN || undefined) }),
        ...(tokenFile === "-" && { token: checkedToken(await inputOf("-"), "the standard input") }),
        ...(tokenFile !== undefined && tokenFile !== "-" && { tokenFile: resolve(typedFrom(process.env), tokenFile) }),
      };
      writeContexts(process.env, { ...known, contexts: { ...known.contexts, [name]: made } });
      process.stdout.write(
        `${name}: kept in ${contextsFile(process.env)}. context use ${name} has commands be about it\n`,
      );
    });

  noun
    .command("remove <context>")
    .description("forgets it, and its token")
    .action((name: string) => {
      const { current, contexts } = readContexts(process.env);
      contextOf({ current, contexts }, name);
      const { [name]: _, ...rest } = contexts;
      writeContexts(process.env, { current: current === name ? null : current, contexts: rest });
      process.stdout.write(`${name}: forgotten\n`);
    });
}
