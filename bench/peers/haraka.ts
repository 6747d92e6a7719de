import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort } from "../../test/support/free-port.ts";
import { runProcess, startProcess } from "../../test/support/process.ts";
import { tempDir } from "../../test/support/temp-dir.ts";
import { waitForListener } from "../../test/support/wait-until.ts";
import type { Peer } from "../peer.ts";

const VERSION = "3.3.4";
/** Outside of the project's packages, since nothing of the project needs it. */
const CACHE = join(import.meta.dirname, "..", "..", ".cache", "haraka");
const PACKAGE = join(CACHE, "node_modules", "Haraka");

/** Haraka as `haraka --install` sets it up, with its relay plugin, on the Node that runs Postern. It logs to a file. */
export const haraka: Peer = {
  name: "haraka",
  needs: `Haraka ${VERSION} from npm, which goes to .cache/haraka`,
  works: ["accept", "relay", "idle"],
  async start({ nextHopPort }) {
    await install();
    const folder = await tempDir();
    try {
      const port = await freePort();
      await configure(folder.path, port, nextHopPort);
      const server = startProcess(process.execPath, [program(), "-c", folder.path]);
      const stop = async () => {
        // Asked to end, it would wait half a minute for deliveries; its folder goes as well.
        await server.stop("SIGKILL");
        await folder.remove();
      };
      await waitForListener(port).catch(async (error: unknown) => {
        await server.stop("SIGKILL");
        throw new Error(`Haraka did not start: ${server.output()}`, { cause: error });
      });
      return { version: VERSION, smtpPort: port, rootPid: server.pid, stop };
    } catch (error) {
      await folder.remove();
      throw error;
    }
  },
};

function program(): string {
  return join(PACKAGE, "bin", "haraka");
}

/** Installs it once. Its optional packages with native code are not built; nothing that is measured uses them. */
async function install(): Promise<void> {
  const found = await readFile(join(PACKAGE, "package.json"), "utf8").catch(() => undefined);
  if (found !== undefined && (JSON.parse(found) as { version: string }).version === VERSION) return;
  await mkdir(CACHE, { recursive: true });
  // Without a package.json of its own, npm would look for one in the folders above.
  await writeFile(join(CACHE, "package.json"), '{ "private": true }\n');
  const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", `Haraka@${VERSION}`];
  const { code, output } = await runProcess("npm", args, { cwd: CACHE, withinMs: 10 * 60_000 });
  if (code !== 0) throw new Error(`npm did not install Haraka ${VERSION}: ${output}`);
}

/** Clients on loopback may relay, and all mail goes to the next hop. */
async function configure(folder: string, port: number, nextHopPort: number): Promise<void> {
  const made = await runProcess(process.execPath, [program(), "-i", folder]);
  if (made.code !== 0) throw new Error(`haraka -i ended with ${made.code}: ${made.output}`);
  const set = (file: string, text: string) => writeFile(join(folder, "config", file), `${text}\n`);
  await set("smtp.ini", `listen=127.0.0.1:${port}`);
  await set("plugins", "relay");
  await set("relay.ini", "[relay]\nacl=true\nforce_routing=true");
  await set("relay_acl_allow", "127.0.0.1/32");
  await set("relay_dest_domains.ini", `[domains]\nany={"nexthop":"127.0.0.1:${nextHopPort}"}`);
}
