import { type ConfigProblem, formatConfigProblem } from "../config/config-problem.ts";
import { DEFAULT_LIMITS } from "../config/defaults.ts";
import type { ServerConfig } from "../config/server-config.ts";
import type { Clock, Instant } from "../core/instant.ts";
import type { Result } from "../core/result.ts";
import type { CheckResult, DoctorCheck } from "./doctor-check.ts";
import type { DiskSeen } from "./health.ts";
import { isoTime } from "./read-input.ts";

/** What `doctor` has to ask the machine, given by main so that the checks themselves do no I/O. */
export interface HostProbes {
  readonly clock: Clock;
  /** Reads `postern.toml` as it is on disk now. */
  readConfig(): Promise<Result<ServerConfig, ConfigProblem[]>>;
  /** Loads certificate and key; the error is a sentence that names file and reason. `undefined`: no TLS is configured. */
  loadCertificate(): Promise<Result<CertificateSeen, string> | undefined>;
  /** Where the running server listens; `undefined` where none runs on the data folder. */
  boundListeners():
    | readonly { readonly name: string; readonly address: string; readonly port: number }[]
    | undefined;
  /** Permission bits of the data folder; `undefined` where the system has none (Windows). */
  dataFolderMode(): Promise<number | undefined>;
  /** The disks of the folders that grow: database, spool, mailboxes. */
  disks(): Promise<readonly DiskSeen[]>;
  /** Asks DNS for the addresses of a name: how many, or why there was no answer. */
  lookUp(name: string): Promise<{ readonly addresses: number } | { readonly noAnswer: string }>;
}

/** The certificate as far as `doctor` tells of it. */
export interface CertificateSeen {
  readonly expiresAt: Instant;
  readonly selfSigned: boolean;
  /** Names that it is good for. */
  readonly names: readonly string[];
}

/** The checks of machine and set-up. */
export function hostChecks(probes: HostProbes): readonly DoctorCheck[] {
  return [
    () => checkConfig(probes),
    () => checkCertificate(probes),
    () => checkListeners(probes),
    () => checkDataFolder(probes),
    () => checkDisk(probes),
    () => checkDns(probes),
  ];
}

async function checkConfig({ readConfig }: HostProbes): Promise<CheckResult> {
  const name = "configuration";
  const config = await readConfig();
  if (!config.ok) {
    const saw = config.error.map(formatConfigProblem).join("\n");
    return { name, state: "fail", saw, todo: "correct the file; the server will not start with it" };
  }
  const { hostname, listeners } = config.value;
  return { name, state: "ok", saw: `${hostname}, ${listeners.length} listeners`, todo: "" };
}

const DAY_MS = 86_400_000;
const WARN_DAYS = 14;

async function checkCertificate({ loadCertificate, clock }: HostProbes): Promise<CheckResult> {
  const name = "certificate";
  const loaded = await loadCertificate();
  if (!loaded) {
    const todo = "add [tls] to postern.toml, so that passwords and mail do not travel readable";
    return { name, state: "warn", saw: "TLS is not configured", todo };
  }
  if (!loaded.ok)
    return { name, state: "fail", saw: loaded.error, todo: "put a good certificate in its place" };
  const { expiresAt, selfSigned, names } = loaded.value;
  const days = Math.floor((expiresAt - clock()) / DAY_MS);
  const saw = `for ${names.join(", ")}, until ${isoTime(expiresAt).slice(0, 10)}${selfSigned ? ", self-signed" : ""}`;
  if (days < WARN_DAYS) return { name, state: "warn", saw: `${saw} (${days} days)`, todo: "renew it" };
  if (selfSigned) {
    const todo = "mail programs will complain; put a certificate from a public authority in its place";
    return { name, state: "warn", saw, todo };
  }
  return { name, state: "ok", saw, todo: "" };
}

async function checkListeners({ boundListeners }: HostProbes): Promise<CheckResult> {
  const bound = boundListeners();
  if (!bound)
    return {
      name: "listeners",
      state: "warn",
      saw: "no server runs on this data folder",
      todo: "postern serve",
    };
  const saw = bound.map(({ name, address, port }) => `${name} ${address} port ${port}`).join(", ");
  return { name: "listeners", state: "ok", saw, todo: "" };
}

async function checkDataFolder({ dataFolderMode }: HostProbes): Promise<CheckResult> {
  const name = "data folder";
  const mode = await dataFolderMode();
  if (mode === undefined) return { name, state: "ok", saw: "this system has no permission bits", todo: "" };
  const bits = `0${(mode & 0o777).toString(8)}`;
  return (mode & 0o077) === 0
    ? { name, state: "ok", saw: `only its owner may enter (${bits})`, todo: "" }
    : {
        name,
        state: "fail",
        saw: `others may enter it (${bits})`,
        todo: "chmod 700, since mail and keys are in it",
      };
}

async function checkDisk({ disks, readConfig }: HostProbes): Promise<CheckResult> {
  const name = "disk";
  const config = await readConfig();
  const { minFreeBytes } = config.ok ? config.value.limits : DEFAULT_LIMITS;
  const seen = await disks();
  const unwritable = seen.find(({ writable }) => !writable);
  if (unwritable)
    return { name, state: "fail", saw: `${unwritable.folder} cannot be written`, todo: "see to the disk" };
  const known = seen.flatMap(({ folder, freeBytes }) =>
    freeBytes === undefined ? [] : [{ folder, freeBytes }],
  );
  const [lowest] = known.toSorted((a, b) => a.freeBytes - b.freeBytes);
  if (!lowest) return { name, state: "warn", saw: "the system does not say how much is free", todo: "" };
  const saw = `${(lowest.freeBytes / 1024 ** 3).toFixed(1)} GiB free for ${lowest.folder}`;
  if (lowest.freeBytes < minFreeBytes)
    return { name, state: "fail", saw, todo: "make room; below minFreeBytes mail is refused or waits" };
  return lowest.freeBytes < 2 * minFreeBytes
    ? { name, state: "warn", saw, todo: "make room, before mail has to be refused" }
    : { name, state: "ok", saw, todo: "" };
}

async function checkDns({ readConfig, lookUp }: HostProbes): Promise<CheckResult> {
  const name = "DNS";
  const config = await readConfig();
  if (!config.ok)
    return { name, state: "warn", saw: "not asked, since the configuration is not readable", todo: "" };
  const { hostname } = config.value;
  const answer = await lookUp(hostname);
  if ("noAnswer" in answer) {
    const todo =
      "see to the resolver (dns.servers in postern.toml); mail to other servers waits until it answers";
    return { name, state: "fail", saw: `no answer for ${hostname}: ${answer.noAnswer}`, todo };
  }
  return answer.addresses > 0
    ? { name, state: "ok", saw: `${hostname} has ${answer.addresses} addresses`, todo: "" }
    : {
        name,
        state: "warn",
        saw: `DNS has no address for ${hostname}`,
        todo: "add an A or AAAA record, or correct hostname",
      };
}
