import { sinkHop } from "../next-hop.ts";
import { FAR_RECIPIENT } from "../peer.ts";
import { mailWorkload } from "./mail-workload.ts";
import { takenByNextHop } from "./taken-by-next-hop.ts";

/** The sessions stay open and send one message after the other. */
export const relayOpenSessions = mailWorkload(
  {
    name: "relay-open-sessions",
    says: "relay to a smart host, many messages in each session",
    work: "relay",
  },
  { recipient: FAR_RECIPIENT, newConnections: false, nextHop: sinkHop, arrived: takenByNextHop },
);
