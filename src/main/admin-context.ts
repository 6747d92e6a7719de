import { constants } from "node:fs";
import { access, readFile, stat } from "node:fs/promises";
import { type DataPaths, inDataFolder } from "../adapters/data-folder/data-paths.ts";
import { diskState } from "../adapters/data-folder/disk-state.ts";
import { loadTlsFiles } from "../adapters/tls-files/load-tls-files.ts";
import type { AdminContext } from "../admin/admin-context.ts";
import type { Health } from "../admin/health.ts";
import { type HostProbes, hostChecks } from "../admin/host-checks.ts";
import type { ReadyServer } from "../cli/actions.ts";
import { parseServerConfig } from "../config/parse-server-config.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { parseDomain } from "../core/domain.ts";
import type { Clock } from "../core/instant.ts";
import type { Resolver } from "../ports/resolver.ts";
import type { CompiledPolicy } from "../relay/compile-policy.ts";
import { explainQuestion } from "./explain-question.ts";
import type { Stores } from "./stores.ts";

/** What the use cases work on, in a running server or on a data folder opened by the CLI. */
export interface AdminParts {
  readonly paths: DataPaths;
  readonly config: ServerConfig;
  readonly stores: Stores;
  readonly clock: Clock;
  readonly policy: () => CompiledPolicy;
  readonly resolver: Resolver;
  readonly wakeQueue: () => void;
  readonly forgetGuesses: AdminContext["forgetGuesses"];
  readonly health: () => Health;
  /** Told why a fact could not be gathered. */
  readonly onLookupFailure: (error: unknown) => void;
  /** Where the running server listens; `undefined` where none runs. */
  readonly listening: () => ReadyServer["listeners"] | undefined;
}

/** Makes the surroundings of one use case. */
export function adminContext(parts: AdminParts, actor: string): AdminContext {
  const { stores, config, clock } = parts;
  const sources = {
    directory: stores.directory,
    grants: stores.grants,
    usage: stores.usage,
    lookupTimeoutMs: LOOKUP_TIMEOUT_MS,
    onLookupFailure: parts.onLookupFailure,
  };
  return {
    actor,
    clock,
    directory: stores.directory,
    policies: stores.policies,
    routes: stores.routes,
    queue: stores.queue,
    bodies: stores.bodies,
    grants: stores.grants,
    usage: stores.usage,
    sendingRules: stores.usage,
    containments: stores.containments,
    guesses: stores.guesses,
    appPasswords: stores.appPasswords,
    journal: stores.journal,
    hashPassword: stores.hashPassword,
    newAppPassword: stores.newAppPassword,
    explain: (question) => explainQuestion({ sources, config, clock, policy: parts.policy }, question),
    checks: hostChecks(hostProbes(parts)),
    health: parts.health,
    wakeQueue: parts.wakeQueue,
    forgetGuesses: parts.forgetGuesses,
  };
}

const LOOKUP_TIMEOUT_MS = 5000;

async function lookUp(
  resolver: Resolver,
  name: string,
): Promise<{ addresses: number } | { noAnswer: string }> {
  const domain = parseDomain(name);
  if (!domain) return { noAnswer: `"${name}" is no domain name` };
  const answer = await resolver.addresses(domain);
  if (answer.kind === "no-answer") return { noAnswer: answer.detail };
  return { addresses: answer.kind === "found" ? answer.value.length : 0 };
}

function hostProbes({ paths, config, clock, listening, resolver }: AdminParts): HostProbes {
  return {
    clock,
    readConfig: async () => parseServerConfig(await readFile(paths.config, "utf8"), paths.config),
    loadCertificate: async () => {
      if (!config.tls) return undefined;
      return loadTlsFiles(
        {
          certificate: inDataFolder(paths, config.tls.certificate),
          key: inDataFolder(paths, config.tls.key),
        },
        clock(),
      );
    },
    boundListeners: listening,
    dataFolderMode: async () => {
      if (process.platform === "win32") return undefined;
      await access(paths.root, constants.R_OK);
      return (await stat(paths.root)).mode & 0o777;
    },
    disks: () => Promise.all([paths.root, paths.spool, paths.postoffices].map(diskState)),
    lookUp: (name) => lookUp(resolver, name),
  };
}
