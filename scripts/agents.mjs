/** `npm run test:agents`: real coding agents against a model that the test plays, on this machine alone. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { npm } from "./install.mjs";
import { supervise } from "./supervise.mjs";

const opencode = `opencode-${process.platform}-${process.arch}${process.arch === "x64" ? "-baseline" : ""}`;
const claude = `@anthropic-ai/claude-code-${process.platform}-${process.arch}`;

/** Too large to be dependencies of everybody's; their versions are pinned all the same. Where each has its programs. */
const TOOLS = {
  claude: [
    { name: "@anthropic-ai/claude-code", version: "2.1.332", bin: `node_modules/${claude}` },
    { name: "@agentclientprotocol/claude-agent-acp", version: "0.101.0", bin: "node_modules/.bin" },
  ],
  codex: [
    { name: "@openai/codex", version: "0.171.0", bin: "node_modules/.bin" },
    { name: "@agentclientprotocol/codex-acp", version: "2.6.0", bin: "node_modules/.bin" },
  ],
  gemini: [{ name: "@google/gemini-cli", version: "0.61.0", bin: "node_modules/.bin" }],
  opencode: [
    { name: opencode, version: "1.18.33", bin: `node_modules/${opencode}/bin` },
    // Each new home of it would install this from npm at its first start: three times the processor time of the story itself.
    { name: "@opencode-ai/plugin", version: "1.18.33", bin: "", like: opencode },
  ],
};

const packages = Object.values(TOOLS).flatMap((all) => all.map(({ name }) => name));

const USAGE = `Usage: npm run test:agents -- [options] [options of vitest]

  --only TOOL,…        some of ${Object.keys(TOOLS).join(", ")}
  --try PACKAGE@VERSION  another version of a tool than the pinned one, such as @openai/codex@0.172.0
  --record DIR         keeps what each tool printed, as test/host/recorded/ has it

Of vitest's options, -t takes some stories: -t "over acp" or -t "(limit|work)$".
`;

export async function testAgents(root, node, args) {
  const { only, tried, record, rest } = optionsOf(args);
  const folders = {};
  for (const tool of only) folders[tool] = await Promise.all(TOOLS[tool].map((each) => installed(root, each, tried)));
  const folder = mkdtempSync(join(tmpdir(), "townkeeper-agents-"));
  const table = join(folder, "table.jsonl");
  const config = join(root, "test/agents/vitest.config.ts");
  const files = only.map((tool) => `${tool}.test.ts`);
  const vitest = [
    node,
    join(root, "node_modules/vitest/vitest.mjs"),
    "run",
    "--config",
    config,
    "--reporter=verbose",
    ...rest,
    ...files,
  ];
  Object.assign(process.env, { TOWNKEEPER_TEST_AGENTS: JSON.stringify(folders), TOWNKEEPER_TEST_TABLE: table });
  if (record) process.env.TOWNKEEPER_TEST_RECORD = record;
  const beganMs = Date.now();
  try {
    const code = await supervise(vitest, { cwd: root });
    console.log(tableOf(existsSync(table) ? readFileSync(table, "utf8") : ""));
    console.log(`${((Date.now() - beganMs) / 60_000).toFixed(1)} min`);
    return code;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function optionsOf(args) {
  const options = { only: Object.keys(TOOLS), tried: {}, record: null, rest: [] };
  for (let n = 0; n < args.length; n++) {
    const value = () => {
      n++;
      if (args[n] === undefined) throw new Error(`${args[n - 1]} wants a value\n\n${USAGE}`);
      return args[n];
    };
    if (args[n] === "--only") options.only = value().split(",");
    else if (args[n] === "--try") {
      const [, name, version] = /^(.+)@(.+)$/.exec(value()) ?? [];
      if (!packages.includes(name))
        throw new Error(`--try wants PACKAGE@VERSION of ${packages.join(", ")}\n\n${USAGE}`);
      options.tried[name] = version;
    } else if (args[n] === "--record") {
      options.record = value();
      mkdirSync(options.record, { recursive: true });
    } else options.rest.push(args[n]);
  }
  const unknown = options.only.find((tool) => !(tool in TOOLS));
  if (unknown) throw new Error(`there is no tool ${unknown}\n\n${USAGE}`);
  return options;
}

/** The folder with the programs in it. Installed once, beside the project's own packages. */
async function installed(root, { name, version: pinned, bin, like = name }, tried) {
  const version = tried[like] ?? pinned;
  const folder = join(root, "node_modules/.cache/townkeeper-agents", `${name.replace(/^@.*\//, "")}-${version}`);
  if (!existsSync(join(folder, "ready"))) {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"private": true}\n');
    console.error(`townkeeper: installing ${name}@${version} from npm, once`);
    const install = [
      ...npm(),
      "install",
      "--save-exact",
      "--no-audit",
      "--no-fund",
      "--ignore-scripts",
      "--loglevel=error",
    ];
    const code = await supervise([...install, `${name}@${version}`], { cwd: folder, stdio: ["ignore", 2, 2] });
    if (code !== 0) throw new Error(`npm could not install ${name}@${version}; what it said stands above`);
    writeFileSync(join(folder, "ready"), "");
  }
  return join(folder, bin);
}

/** Tool and driver across, stories down. */
function tableOf(text) {
  const lines = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  const columns = [...new Set(lines.map(({ tool, driver }) => `${tool} ${driver}`))].sort();
  const told = [...new Set(lines.map((line) => line.told))];
  const cell = (story, column) =>
    lines.find((line) => line.told === story && `${line.tool} ${line.driver}` === column)?.recognised ?? "not run";
  const rows = told.flatMap((story) => [
    `${story}`,
    ...columns.map((column) => `  ${column.padEnd(14)} ${cell(story, column)}`),
  ]);
  return `\nWhat was recognised\n${rows.join("\n")}`;
}
