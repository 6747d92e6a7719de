import type { BodyStore, BodyWriter } from "../../ports/body-store.ts";

/** Bodies that last as long as the process. */
export function memoryBodyStore(): BodyStore {
  const files = new Map<string, Uint8Array>();
  let last = 0;

  function writer(name: string): BodyWriter {
    const chunks: Uint8Array[] = [];
    files.set(name, new Uint8Array());
    return {
      name,
      async write(chunk) {
        chunks.push(Uint8Array.from(chunk));
      },
      async commit() {
        files.set(name, Buffer.concat(chunks));
      },
      async discard() {
        files.delete(name);
      },
    };
  }

  return {
    async create() {
      last += 1;
      return writer(`${last}.msg`);
    },
    async *read(name) {
      const bytes = files.get(name);
      if (!bytes) throw new Error(`There is no body ${name}.`);
      yield bytes;
    },
    async remove(name) {
      files.delete(name);
    },
    list: async () => [...files.keys()],
  };
}
