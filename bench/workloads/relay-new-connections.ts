import { measureRelay } from "../measure-relay.ts";
import type { Workload } from "../workload.ts";

/** Each message comes over a connection of its own. */
export const relayNewConnections: Workload = {
  name: "relay-new-connections",
  says: "relay to a smart host, a connection for each message",
  run: (peer, load) => measureRelay(peer, load, []),
};
