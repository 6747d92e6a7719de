import { chmod, cp, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";

/** A folder on a small file system of its own. */
export interface SmallDisk {
  /** Writes a file of zeros until there is no room left. */
  fill(file: string): Promise<void>;
  /** Makes empty files until there can be no more, and gives their names. */
  useUpInodes(folder: string): Promise<readonly string[]>;
  resize(size: string): Promise<void>;
  unmount(): Promise<void>;
}

/** Options for a test that mounts file systems: empty where it may, else `skip` with the reason; with CI=true it throws. */
export function needsMount(): { skip?: string } {
  if (process.platform === "linux" && process.geteuid?.() === 0) return {};
  const reason = "needs root on Linux, to mount a small file system";
  if (process.env["CI"] === "true")
    throw new Error(`This test ${reason}, and with CI=true no test may be skipped.`);
  return { skip: reason };
}

/** Puts a folder with all that is in it on a tmpfs. @param options of mount, such as `size=32m,nr_inodes=200` */
export async function smallDisk(folder: string, options: string): Promise<SmallDisk> {
  const aside = await tempDir();
  await cp(folder, aside.path, { recursive: true, preserveTimestamps: true });
  await must("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder);
  await cp(aside.path, folder, { recursive: true, preserveTimestamps: true });
  await chmod(folder, 0o700);
  await aside.remove();
  return {
    async fill(file) {
      // dd ends with an error, for which it is run.
      await runProcess("dd", ["if=/dev/zero", `of=${file}`, "bs=4096"]);
    },
    async useUpInodes(into) {
      for (let made = 0; ; made += 1) {
        try {
          await writeFile(join(into, `inode-${made}`), "");
        } catch {
          return (await readdir(into)).filter((name) => name.startsWith("inode-"));
        }
      }
    },
    resize: (size) => must("mount", "-o", `remount,size=${size}`, folder),
    unmount: () => must("umount", "-l", folder),
  };
}

async function must(command: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await runProcess(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${output}`);
}
