import { tmpdir } from "node:os";
import { controlSocketPath } from "../adapters/data-folder/control-socket.ts";
import { runUseCase } from "../admin/use-cases.ts";
import type { OpenFailure } from "../cli/cli-failure.ts";
import { err, ok } from "../core/result.ts";
import { controlServer } from "../http/control-server.ts";
import type { Logger } from "../ports/logger.ts";
import { type AdminParts, adminContext } from "./admin-context.ts";

/** Opens the socket by which the command line asks this server. */
export async function startControl(admin: AdminParts, log: Logger) {
  const path = await controlSocketPath(admin.paths, {
    platform: process.platform,
    temporaryFolder: tmpdir(),
    uid: process.getuid?.(),
  });
  if (!path.ok) return err<OpenFailure>({ kind: "failed", message: path.error });
  return ok(
    await controlServer({
      path: path.value,
      run: (name, input, actor) => runUseCase(adminContext(admin, actor), name, input),
      failed: (name, error) =>
        log.error("command-failed", {
          name,
          detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
        }),
    }),
  );
}
