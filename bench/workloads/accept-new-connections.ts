import { silentHop } from "../next-hop.ts";
import { FAR_RECIPIENT } from "../peer.ts";
import { mailWorkload } from "./mail-workload.ts";

/** Each message comes over a connection of its own, and is kept, since the next hop is silent. */
export const acceptNewConnections = mailWorkload(
  {
    name: "accept-new-connections",
    says: "accept and keep, a connection for each message",
    work: "accept",
  },
  { recipient: FAR_RECIPIENT, newConnections: true, nextHop: silentHop },
);
