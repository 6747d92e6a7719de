import type { DataPaths } from "../adapters/data-folder/data-paths.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Clock } from "../core/instant.ts";
import type { Logger } from "../ports/logger.ts";
import type { Resolver } from "../ports/resolver.ts";
import type { Stores } from "./stores.ts";

/** What a server is started with: a data folder whose lock this process holds, with everything in it open. */
export interface ServerParts {
  readonly paths: DataPaths;
  readonly config: ServerConfig;
  readonly stores: Stores;
  readonly resolver: Resolver;
  readonly clock: Clock;
  readonly log: Logger;
}
