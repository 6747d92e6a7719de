import { argon2, randomBytes, timingSafeEqual } from "node:crypto";

/** Source of random bytes; tests pass one that repeats itself. */
export type RandomBytes = (size: number) => Buffer;

/** A stored hash that cannot be read: the fault is in the store, not in the login. */
export class UnreadableHash extends Error {
  readonly code = "unreadable-hash";
}

interface Argon2idHash {
  readonly memoryKiB: number;
  readonly passes: number;
  readonly lanes: number;
  readonly salt: Buffer;
  readonly tag: Buffer;
}

// The second of the settings that OWASP gives as equally strong: 19 MiB, two passes; some 50 ms.
const COST = { memoryKiB: 19_456, passes: 2, lanes: 1 } as const;
const SALT_BYTES = 16;
const TAG_BYTES = 32;

// A hash that came from elsewhere may cost more than ours, but not so much that one login stops the server.
const MAX_MEMORY_KIB = 1_048_576;
const MAX_PASSES = 64;
const MAX_LANES = 16;

const PHC =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86})$/;

/** Hashes a password into a PHC string: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, base64 without padding. */
export async function argon2idHash(password: string, random: RandomBytes = randomBytes): Promise<string> {
  const salt = random(SALT_BYTES);
  const tag = await derive(password, { ...COST, salt }, TAG_BYTES);
  const { memoryKiB, passes, lanes } = COST;
  return `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${unpadded(salt)}$${unpadded(tag)}`;
}

/**
 * Whether a password is the one that was hashed. Takes the time that the hash asks for, whatever the answer.
 * @throws {UnreadableHash} where the string is no argon2id hash of sensible cost.
 */
export async function argon2idMatches(password: string, phc: string): Promise<boolean> {
  const stored = parsePhc(phc);
  if (!stored)
    throw new UnreadableHash("A stored password hash is not a PHC string of argon2id, version 19.");
  return timingSafeEqual(await derive(password, stored, stored.tag.length), stored.tag);
}

/** A hash that no password has, which costs as much to check as a real one: for names that there are not. */
export const NOBODY = `$argon2id$v=19$m=${COST.memoryKiB},t=${COST.passes},p=${COST.lanes}$${unpadded(
  Buffer.alloc(SALT_BYTES),
)}$${unpadded(Buffer.alloc(TAG_BYTES))}`;

function parsePhc(phc: string): Argon2idHash | undefined {
  const [, m, t, p, salt, tag] = PHC.exec(phc) ?? [];
  if (salt === undefined || tag === undefined) return undefined;
  const [memoryKiB, passes, lanes] = [Number(m), Number(t), Number(p)];
  // RFC 9106 3.1: at least one pass and one lane, and 8 KiB for each lane.
  const sound = passes >= 1 && lanes >= 1 && memoryKiB >= 8 * lanes;
  if (!sound || memoryKiB > MAX_MEMORY_KIB || passes > MAX_PASSES || lanes > MAX_LANES) return undefined;
  return { memoryKiB, passes, lanes, salt: Buffer.from(salt, "base64"), tag: Buffer.from(tag, "base64") };
}

/** Runs on Node's thread pool, so that the event loop goes on. */
function derive(password: string, cost: Omit<Argon2idHash, "tag">, tagLength: number): Promise<Buffer> {
  const parameters = {
    message: password,
    nonce: cost.salt,
    memory: cost.memoryKiB,
    passes: cost.passes,
    parallelism: cost.lanes,
    tagLength,
  };
  return new Promise((resolve, reject) => {
    argon2("argon2id", parameters, (error, tag) => (error ? reject(error) : resolve(tag)));
  });
}

function unpadded(bytes: Buffer): string {
  return bytes.toString("base64").replaceAll("=", "");
}
