import { maildropStoreContract } from "../../ports/contract/maildrop-store-contract.ts";
import { memoryMaildropStore } from "./memory-maildrop-store.ts";

maildropStoreContract("memory", async () => {
  const store = memoryMaildropStore();
  return {
    store,
    deliver: async (mailbox, name, content) => store.put(mailbox, name, content),
    takeAway: async (mailbox, name) => store.takeAway(mailbox, name),
  };
});
