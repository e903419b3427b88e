import type { z } from "zod";
import type { Origin } from "../lib/origin.ts";
import { addAgentCommand } from "./add-agent.ts";
import { addHostCommand } from "./add-host.ts";
import { addRigCommand } from "./add-rig.ts";
import { addWebhookCommand } from "./add-webhook.ts";
import { cancelBeadCommand } from "./cancel-bead.ts";
import { cancelConvoyCommand } from "./cancel-convoy.ts";
import { changeAgentCommand } from "./change-agent.ts";
import { changeConvoyMembersCommand } from "./change-convoy-members.ts";
import { changeDependenciesCommand } from "./change-dependencies.ts";
import { changeHostCommand } from "./change-host.ts";
import { changeRigCommand } from "./change-rig.ts";
import { changeTownCommand } from "./change-town.ts";
import { changeWebhookCommand } from "./change-webhook.ts";
import { closeBeadCommand } from "./close-bead.ts";
import { closeBreakerCommand } from "./close-breaker.ts";
import { createBeadCommand } from "./create-bead.ts";
import { createBeadsCommand } from "./create-beads.ts";
import { createConvoyCommand } from "./create-convoy.ts";
import { createTownCommand } from "./create-town.ts";
import { dismissAllQuarantinedCommand } from "./dismiss-all-quarantined.ts";
import { dismissIncidentCommand } from "./dismiss-incident.ts";
import { dismissQuarantinedCommand } from "./dismiss-quarantined.ts";
import { dismissUnreadableCommand } from "./dismiss-unreadable.ts";
import { editBeadCommand } from "./edit-bead.ts";
import { holdConvoyCommand } from "./hold-convoy.ts";
import { importBeadsCommand } from "./import-beads.ts";
import { preflightAgentCommand } from "./preflight-agent.ts";
import { preflightRigCommand } from "./preflight-rig.ts";
import { redeliverCommand } from "./redeliver.ts";
import { removeAgentCommand } from "./remove-agent.ts";
import { removeConvoyCommand } from "./remove-convoy.ts";
import { removeHostCommand } from "./remove-host.ts";
import { removeRigCommand } from "./remove-rig.ts";
import { removeWebhookCommand } from "./remove-webhook.ts";
import { reopenBeadCommand } from "./reopen-bead.ts";
import { replaceHostTokenCommand } from "./replace-host-token.ts";
import { restoreAgentCommand } from "./restore-agent.ts";
import { restoreConvoyCommand } from "./restore-convoy.ts";
import { restoreRigCommand } from "./restore-rig.ts";
import { retryBeadCommand } from "./retry-bead.ts";
import { retryLandingsCommand } from "./retry-landings.ts";
import { retryProviderCommand } from "./retry-provider.ts";
import { rotateWebhookSecretCommand } from "./rotate-webhook-secret.ts";
import { startConvoyCommand } from "./start-convoy.ts";
import { stopAgentCommand } from "./stop-agent.ts";
import { takeOverHostCommand } from "./take-over-host.ts";
import { testWebhookCommand } from "./test-webhook.ts";

/** Every command there is, a line each; their order means nothing. */
const all = [
  addAgentCommand,
  addHostCommand,
  addRigCommand,
  addWebhookCommand,
  cancelBeadCommand,
  cancelConvoyCommand,
  changeAgentCommand,
  changeConvoyMembersCommand,
  changeDependenciesCommand,
  changeHostCommand,
  changeRigCommand,
  changeTownCommand,
  changeWebhookCommand,
  closeBeadCommand,
  closeBreakerCommand,
  createBeadCommand,
  createBeadsCommand,
  createConvoyCommand,
  createTownCommand,
  dismissAllQuarantinedCommand,
  dismissIncidentCommand,
  dismissQuarantinedCommand,
  dismissUnreadableCommand,
  editBeadCommand,
  holdConvoyCommand,
  importBeadsCommand,
  preflightAgentCommand,
  preflightRigCommand,
  redeliverCommand,
  removeAgentCommand,
  removeConvoyCommand,
  removeHostCommand,
  removeRigCommand,
  removeWebhookCommand,
  reopenBeadCommand,
  replaceHostTokenCommand,
  restoreAgentCommand,
  restoreConvoyCommand,
  restoreRigCommand,
  retryBeadCommand,
  retryLandingsCommand,
  retryProviderCommand,
  rotateWebhookSecretCommand,
  startConvoyCommand,
  stopAgentCommand,
  takeOverHostCommand,
  testWebhookCommand,
] as const;

type Command = (typeof all)[number];
export type CommandName = Command["name"];
type CommandOf<Name extends CommandName> = Extract<Command, { name: Name }>;
/** As the door reads it; what a command finds out first comes to it behind that. */
export type CommandInputOf<Name extends CommandName> = Parameters<NonNullable<CommandOf<Name>["before"]>>[1];
export type CommandOutputOf<Name extends CommandName> = z.output<CommandOf<Name>["output"]>;

type TypeOf<Def> = Def extends { type: infer Type extends string } ? Type : never;
type CommandType = TypeOf<Command>;
type Typed<Type extends CommandType> = Extract<Command, { type: Type }>;
/** A command on its way to the pass, by the name that it has in the history of ticks. */
export type CommandFact = {
  [T in CommandType]: {
    type: T;
    payload: Parameters<Typed<T>["apply"]>[1];
    /** Which one it is, where several have the type. */
    command?: CommandName;
    /** Who asks for it. Left out: it did not come by the Worker. */
    origin?: Origin;
  };
}[CommandType];

export const commands: readonly Command[] = all;

export const commandNamed = (name: string): Command | undefined => all.find((command) => command.name === name);

const byType = new Map<string, Command>(all.map((command) => [command.type, command]));
export const commandOfType = (type: string): Command | undefined => byType.get(type);

/** What a fact asks for; undefined: it is an event. */
export const commandOf = ({ type, command }: { type: string; command?: string }): Command | undefined =>
  command === undefined ? commandOfType(type) : commandNamed(command);
