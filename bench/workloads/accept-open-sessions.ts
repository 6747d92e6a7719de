import { silentHop } from "../next-hop.ts";
import { FAR_RECIPIENT } from "../peer.ts";
import { mailWorkload } from "./mail-workload.ts";

/** The sessions stay open and send one message after the other, which is kept, since the next hop is silent. */
export const acceptOpenSessions = mailWorkload(
  { name: "accept-open-sessions", says: "accept and keep, many messages in each session", work: "accept" },
  { recipient: FAR_RECIPIENT, newConnections: false, nextHop: silentHop },
);
