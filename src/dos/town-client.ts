import type { CommandInputOf, CommandName, CommandOutputOf } from "../commands/index.ts";
import type { QueryInputOf, QueryName, QueryOutputOf } from "../queries/index.ts";
import type { Result } from "./result.ts";

/** A town's RPCs with the types that the registries give them; the platform's own lose what depends on a name. */
export interface TownClient {
  execute<Name extends CommandName>(name: Name, input: CommandInputOf<Name>): Promise<Result<CommandOutputOf<Name>>>;
  query<Name extends QueryName>(
    name: Name,
    input: QueryInputOf<Name>,
    proves?: boolean,
  ): Promise<Result<QueryOutputOf<Name>>>;
}

export const townClient = (stub: object): TownClient => stub as TownClient;
