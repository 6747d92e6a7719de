import type { Refusal } from "../admin/refusal.ts";
import type { SetUpAnswers, SetUpReport } from "../admin/set-up.ts";
import type { Result } from "../core/result.ts";
import type { OpenFailure } from "./cli-failure.ts";

/** What the CLI cannot do by itself, since only main knows the whole server. */
export interface CliActions {
  /** How far the data folder is: without a configuration, left by a setup that did not end, or ready. */
  dataFolderState(dataDir: string): Promise<"new" | "unfinished" | "set-up">;
  setUp(dataDir: string, answers: SetUpAnswers): Promise<Result<SetUpReport, OpenFailure>>;
  /** Serves until the process is told to stop. */
  serve(options: ServeOptions): Promise<Result<void, OpenFailure>>;
  /** Opens a data folder on which no server runs, with the same lock as a server's. */
  openOffline(dataDir: string): Promise<Result<OfflineSession, OpenFailure>>;
}

export interface ServeOptions {
  readonly dataDir: string;
  /** `text` for a person at a terminal. */
  readonly log: "json" | "text";
  /** Called once, when all listeners are up. */
  ready(server: ReadyServer): void;
}

/** A server that takes mail now. */
export interface ReadyServer {
  readonly hostname: string;
  readonly listeners: readonly {
    readonly name: string;
    readonly protocol: string;
    readonly address: string;
    /** The real one, also where the configuration says 0. */
    readonly port: number;
  }[];
}

/** The use cases on a data folder that this process has to itself. */
export interface OfflineSession {
  run(name: string, input: unknown, actor: string): Promise<Result<unknown, Refusal>>;
  close(): Promise<void>;
}
