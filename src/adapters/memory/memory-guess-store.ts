import {
  type GuessStore,
  KNOWN_FOR_MS,
  type LoginBlock,
  MAX_BLOCKS,
  MAX_KNOWN_NETWORKS,
} from "../../ports/guess-store.ts";

/** Blocks and known networks that last as long as the process. */
export function memoryGuessStore(): GuessStore {
  let blocks: LoginBlock[] = [];
  const known = new Map<string, Map<string, number>>();
  const latestFirst = (list: readonly LoginBlock[]) => list.toSorted((a, b) => b.until - a.until);
  return {
    blocks: async (now) => latestFirst(blocks.filter(({ until }) => until > now)),
    async putBlock(block) {
      blocks = blocks.filter(({ network, login }) => network !== block.network || login !== block.login);
      blocks.push(block);
    },
    async removeBlocks(subject, now) {
      const removed = blocks.filter((block) =>
        "network" in subject ? block.network === subject.network : block.login === subject.login,
      );
      blocks = blocks.filter((block) => !removed.includes(block));
      return removed.filter(({ until }) => until > now).length;
    },
    async noteGoodLogin(login, network, now) {
      const networks = known.get(login) ?? new Map<string, number>();
      known.set(login, networks);
      networks.delete(network);
      networks.set(network, now);
      const oldest = networks.keys().next();
      if (networks.size > MAX_KNOWN_NETWORKS && !oldest.done) networks.delete(oldest.value);
    },
    async isKnown(login, network, now) {
      const at = known.get(login)?.get(network);
      return at !== undefined && now - at < KNOWN_FOR_MS;
    },
    async prune(now) {
      const kept = latestFirst(blocks.filter(({ until }) => until > now)).slice(0, MAX_BLOCKS);
      let removed = blocks.length - kept.length;
      blocks = kept;
      for (const [login, networks] of known) {
        for (const [network, at] of networks)
          if (now - at >= KNOWN_FOR_MS && networks.delete(network)) removed += 1;
        if (networks.size === 0) known.delete(login);
      }
      return removed;
    },
  };
}
