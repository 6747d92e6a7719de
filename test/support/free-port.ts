import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";

/**
 * A TCP port that nobody listens on now. Only for programs that cannot be told port 0: another program may take it
 * between the question and its use.
 */
export async function freePort(host = "127.0.0.1"): Promise<number> {
  const server = createServer();
  server.listen(0, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
