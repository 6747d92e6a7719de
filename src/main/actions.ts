import { randomInt } from "node:crypto";
import { readFile } from "node:fs/promises";
import { hashPassword } from "../adapters/auth-integrated/password-hash.ts";
import {
  beginSetUp,
  dataFolderState,
  endSetUp,
  makeDataFolder,
  openDataFolder,
  readIfThere,
  writeFirstLogin,
  writeOnce,
} from "../adapters/data-folder/data-folder.ts";
import { type DataPaths, dataPaths, inDataFolder } from "../adapters/data-folder/data-paths.ts";
import { jsonLogger } from "../adapters/log/json-logger.ts";
import { textLogger } from "../adapters/log/text-logger.ts";
import { ensureSelfSigned } from "../adapters/tls-files/ensure-self-signed.ts";
import { NOT_RUNNING } from "../admin/health.ts";
import { randomPassword } from "../admin/random-password.ts";
import { type SetUpAnswers, type SetUpParts, type SetUpReport, setUp } from "../admin/set-up.ts";
import { runUseCase } from "../admin/use-cases.ts";
import type { CliActions, OfflineSession, ServeOptions } from "../cli/actions.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { formatConfigProblem } from "../config/config-problem.ts";
import { parseServerConfig } from "../config/parse-server-config.ts";
import type { ServerConfig } from "../config/server-config.ts";
import { type Clock, instant } from "../core/instant.ts";
import { err, ok, type Result } from "../core/result.ts";
import type { Resolver } from "../ports/resolver.ts";
import { adminContext } from "./admin-context.ts";
import { endOnFault } from "./end-on-fault.ts";
import { livePolicy } from "./live-policy.ts";
import { openResolver } from "./open-resolver.ts";
import { startServer } from "./server.ts";
import { openStores, type Stores } from "./stores.ts";

const clock: Clock = () => instant(Date.now());

/** What the CLI's commands do beyond asking a running server. */
export const actions: CliActions = { dataFolderState, setUp: runSetUp, serve, openOffline };

async function runSetUp(dataDir: string, answers: SetUpAnswers): Promise<Result<SetUpReport, OpenFailure>> {
  let kind: OpenFailure["kind"] = "configuration";
  const parts = setUpParts(dataDir, () => {
    kind = "failed";
  });
  const result = await setUp(parts, answers);
  return result.ok ? result : err({ kind, message: result.error });
}

/** `onInUse` is told when another process has the folder: no file would have to be changed for another try. */
function setUpParts(dataDir: string, onInUse: () => void): SetUpParts {
  const paths = dataPaths(dataDir);
  return {
    async prepareFolder() {
      await makeDataFolder(dataDir);
      await beginSetUp(paths);
    },
    readConfig: () => readIfThere(paths.config),
    async writeConfig(text) {
      await writeOnce(paths.config, text);
    },
    ensureCertificate: ({ certificate, key }, hostname) =>
      ensureSelfSigned(
        { certificate: inDataFolder(paths, certificate), key: inDataFolder(paths, key) },
        hostname,
        clock(),
      ),
    async openDirectory() {
      const folder = await openDataFolder(dataDir);
      if (!folder.ok) {
        if (folder.error.code === "in-use") onInUse();
        return err(folder.error.message);
      }
      const stores = await openStores(paths, clock);
      return ok({
        directory: stores.directory,
        async close() {
          await stores.close();
          folder.value.release();
        },
      });
    },
    writeFirstLogin: (lines) => writeFirstLogin(paths, lines),
    finish: () => endSetUp(paths),
    hashPassword,
    randomPassword: () => randomPassword(randomInt),
  };
}

/** A data folder that this process has to itself, with its configuration read and its stores open. */
interface Opened {
  readonly paths: DataPaths;
  readonly config: ServerConfig;
  readonly stores: Stores;
  readonly resolver: Resolver;
  close(): Promise<void>;
}

async function open(
  dataDir: string,
  events?: Parameters<typeof openStores>[2],
): Promise<Result<Opened, OpenFailure>> {
  const folder = await openDataFolder(dataDir);
  if (!folder.ok) {
    const kind = folder.error.code === "in-use" ? "failed" : "configuration";
    return err({ kind, message: folder.error.message });
  }
  const { paths } = folder.value;
  const config = parseServerConfig(await readFile(paths.config, "utf8"), paths.config);
  if (!config.ok) {
    folder.value.release();
    return err({ kind: "configuration", message: config.error.map(formatConfigProblem).join("\n") });
  }
  try {
    const stores = await openStores(paths, clock, events);
    return ok({
      paths,
      config: config.value,
      stores,
      resolver: openResolver(config.value, clock),
      async close() {
        await stores.close();
        folder.value.release();
      },
    });
  } catch (error) {
    folder.value.release();
    return err({
      kind: "configuration",
      message: `${paths.database}: ${error instanceof Error ? error.message : String(error)}`,
    });
  }
}

async function serve(options: ServeOptions): Promise<Result<void, OpenFailure>> {
  const log =
    options.log === "text"
      ? textLogger((line) => process.stderr.write(line), clock, process.stderr.isTTY)
      : jsonLogger(2, clock);
  const stopped = Promise.withResolvers<OpenFailure | undefined>();
  const opened = await open(options.dataDir, {
    onDown: ({ message: detail }, retryAfterMs) => log.error("store-down", { detail, retryAfterMs }),
    onFailure(error) {
      log.error("store-failed", { detail: error.message });
      stopped.resolve({ kind: "failed", message: `the store has failed: ${error.message}` });
    },
  });
  if (!opened.ok) return opened;
  const server = await startServer({ ...opened.value, clock, log });
  if (!server.ok) {
    await opened.value.close();
    return server;
  }
  const stop = () => stopped.resolve(undefined);
  const reload = () => void server.value.reloadTls();
  process.on("SIGTERM", stop).on("SIGINT", stop).on("SIGHUP", reload);
  options.ready(server.value.ready);
  log.info("serving", { hostname: server.value.ready.hostname, pid: process.pid });
  const unwatch = endOnFault(log, (message) => stopped.resolve({ kind: "failed", message }));
  const failure = await stopped.promise;
  process.off("SIGTERM", stop).off("SIGINT", stop).off("SIGHUP", reload);
  log.info("stopping");
  await server.value.stop();
  await opened.value.close();
  unwatch();
  log.info("stopped");
  log.flush();
  return failure ? err(failure) : ok(undefined);
}

async function openOffline(dataDir: string): Promise<Result<OfflineSession, OpenFailure>> {
  const opened = await open(dataDir);
  if (!opened.ok) return opened;
  const { stores } = opened.value;
  const policy = await livePolicy(stores.policies);
  const parts = {
    ...opened.value,
    clock,
    policy: policy.now,
    wakeQueue: () => {},
    forgetGuesses: () => {},
    health: () => NOT_RUNNING,
    onLookupFailure: () => {},
    listening: () => undefined,
  };
  return ok({
    run: (name, input, actor) => runUseCase(adminContext(parts, actor), name, input),
    close: () => opened.value.close(),
  });
}
