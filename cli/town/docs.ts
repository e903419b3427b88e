/** docs/cli.md: the table of commands as a page. Pure. */
import type { Argument, Command, Option } from "commander";

const HEAD = `# The terminal

\`town\` asks a running town keeper, and tells it what you want. In a checkout it is \`bin/town\`, or \`npm run town --\` in place of \`town\`; \`npm run pack\` makes a package of it that
runs anywhere by Node 20. Made by \`npm run api\` from the table of commands, which \`--help\` is made from too.

`;

/** @param root all commands @param after what stands below its help */
export function cliMarkdown(root: Command, after: string): string {
  const groups = Map.groupBy(root.commands, (command) => command.helpGroup());
  return [
    HEAD,
    `## Everywhere\n\n${optionTable(root.options)}\n\n${after.trim()}\n`,
    ...[...groups].map(
      ([group, commands]) =>
        `\n## ${group.replace(/:$/, "").replace(/ \(.*\)$/, "")}\n${commands.map((each) => chapter(each, [])).join("")}`,
    ),
  ].join("");
}

function chapter(command: Command, above: string[]): string {
  const path = [...above, command.name()];
  if (command.commands.length > 0)
    return `\n### ${path.join(" ")}\n${sentence(command.description())}\n${command.commands.map((each) => chapter(each, path)).join("")}`;
  const usage = ["town", ...path, ...command.registeredArguments.map(argumentText)].join(" ");
  const options = command.options.length > 0 ? `\n${optionTable(command.options)}\n` : "";
  return `\n#### \`${usage}\`\n${sentence(command.description())}\n${options}`;
}

const argumentText = (argument: Argument): string => {
  const name = `${argument.name()}${argument.variadic ? "..." : ""}`;
  return argument.required ? `<${name}>` : `[${name}]`;
};

const optionTable = (options: readonly Option[]): string =>
  ["| option | |", "|---|---|", ...options.map((each) => `| \`${each.flags}\` | ${cell(saysOf(each))} |`)].join("\n");

const saysOf = ({ description, argChoices, defaultValue, mandatory }: Option): string =>
  [
    mandatory ? `**needed**: ${description}` : description,
    ...(argChoices ? [`one of ${argChoices.join(", ")}`] : []),
    ...(typeof defaultValue === "string" ? [`else ${defaultValue}`] : []),
  ].join("; ");

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("<", "&lt;");
const sentence = (text: string): string =>
  `${text.charAt(0).toUpperCase()}${text.slice(1)}.`.replaceAll("<", "&lt;").replaceAll("*", "\\*");
