import { assumptions } from "./cost.ts";
import { tables } from "./tables.ts";

/** The page that keeps the figures, made by command. */
export function resultsText(figures: Record<string, unknown>): string {
  const { date, machine, versions, ...measured } = figures as {
    date: string;
    machine: string;
    versions: Record<string, string>;
  };
  const with_ = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return `# Results

Made by \`npm run bench -- --json FILE --results\`, ${date}, on ${machine}, with ${with_.join(", ")}. What is counted (rows, statements,
alarms) is the same anywhere; what is timed belongs to that machine. [README.md](README.md) says how each is measured.

${tables(measured)}

${assumptions.join(" ")}
`;
}
