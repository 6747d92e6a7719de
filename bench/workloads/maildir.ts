import { silentHop } from "../next-hop.ts";
import { NEAR_RECIPIENT } from "../peer.ts";
import { mailWorkload } from "./mail-workload.ts";

/** All mail is for one mailbox of the server's own, a Maildir. */
export const maildirDelivery = mailWorkload(
  { name: "maildir", says: "deliver into a Maildir, many messages in each session", work: "mailbox" },
  {
    recipient: NEAR_RECIPIENT,
    newConnections: false,
    nextHop: silentHop,
    arrived: async ({ delivered }) => {
      if (!delivered) throw new Error("This server has no mailbox.");
      return delivered();
    },
  },
);
