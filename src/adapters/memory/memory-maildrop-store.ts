import type { MaildropStore } from "../../ports/maildrop-store.ts";
import { wireSize } from "../../protocol/pop3/message-encoder.ts";

/** Maildrops in memory: `put` delivers. */
export interface MemoryMaildropStore extends MaildropStore {
  put(mailbox: string, uid: string, content: string): void;
  /** Takes a message away as another program would. */
  takeAway(mailbox: string, uid: string): void;
}

/** An empty one. */
export function memoryMaildropStore(): MemoryMaildropStore {
  const mailboxes = new Map<string, Map<string, Buffer>>();
  const open = new Set<string>();
  const contentOf = (mailbox: string) => {
    const content = mailboxes.get(mailbox) ?? new Map<string, Buffer>();
    mailboxes.set(mailbox, content);
    return content;
  };
  return {
    put(mailbox, uid, content) {
      contentOf(mailbox).set(uid, Buffer.from(content, "latin1"));
    },
    takeAway(mailbox, uid) {
      contentOf(mailbox).delete(uid);
    },
    async open({ mailbox }) {
      if (open.has(mailbox)) return "in-use";
      open.add(mailbox);
      const kept = contentOf(mailbox);
      const messages = [...kept].map(([uid, content]) => {
        const size = wireSize();
        size.add(content);
        return { uid, octets: size.total() };
      });
      return {
        messages,
        async read(position) {
          const content = kept.get(messages[position]?.uid ?? "");
          return content && onePiece(content);
        },
        async remove(positions) {
          for (const position of positions) kept.delete(messages[position]?.uid ?? "");
          return 0;
        },
        async close() {
          open.delete(mailbox);
        },
      };
    },
  };
}

async function* onePiece(piece: Buffer): AsyncIterableIterator<Buffer> {
  yield piece;
}
