import { join, resolve } from "node:path";

/** Where everything is in a data folder, absolute. The names of SPEC §5 are an interface: other programs use them. */
export interface DataPaths {
  readonly root: string;
  readonly config: string;
  readonly version: string;
  /** There while a setup has begun and not ended. */
  readonly unfinished: string;
  readonly firstLogin: string;
  /** `<ip>.pbs` files. */
  readonly connections: string;
  /** `<post office>/<mailbox>/Maildir`. */
  readonly postoffices: string;
  /** Bodies that are too large for a row. */
  readonly spool: string;
  readonly database: string;
  /** What only matters while a server runs. */
  readonly run: string;
  readonly lock: string;
  readonly lockOwner: string;
  /** The control socket's path, where it could not be in `run`. */
  readonly controlPath: string;
  readonly tls: string;
}

/** The paths of a data folder. */
export function dataPaths(folder: string): DataPaths {
  const root = resolve(folder);
  return {
    root,
    config: join(root, "postern.toml"),
    version: join(root, "Config", "data-version"),
    unfinished: join(root, "Config", "setup-unfinished"),
    firstLogin: join(root, "Config", "first-login.txt"),
    connections: join(root, "Config", "Connections"),
    postoffices: join(root, "Postoffices"),
    spool: join(root, "Spool"),
    database: join(root, "postern.db"),
    run: join(root, "run"),
    lock: join(root, "run", "lock.db"),
    lockOwner: join(root, "run", "owner"),
    controlPath: join(root, "run", "control.path"),
    tls: join(root, "tls"),
  };
}

/** The path of a file that the configuration names relative to the data folder, or absolutely. */
export function inDataFolder(paths: DataPaths, file: string): string {
  return resolve(paths.root, file);
}
