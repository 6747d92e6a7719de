import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Folders of system programs that an ordinary user's PATH often lacks; Postfix lives there. */
const SYSTEM_FOLDERS = ["/usr/local/sbin", "/usr/sbin", "/sbin"];

/**
 * Finds a program as a shell would, and in the system folders too.
 * @param name a file name without a folder
 * @returns the full path, or `undefined` where there is none
 */
export function findProgram(name: string): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return [...folders, ...SYSTEM_FOLDERS].map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
