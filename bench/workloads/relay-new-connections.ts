import { sinkHop } from "../next-hop.ts";
import { FAR_RECIPIENT } from "../peer.ts";
import { mailWorkload } from "./mail-workload.ts";
import { takenByNextHop } from "./taken-by-next-hop.ts";

/** Each message comes over a connection of its own. */
export const relayNewConnections = mailWorkload(
  {
    name: "relay-new-connections",
    says: "relay to a smart host, a connection for each message",
    work: "relay",
  },
  { recipient: FAR_RECIPIENT, newConnections: true, nextHop: sinkHop, arrived: takenByNextHop },
);
