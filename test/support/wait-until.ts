import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

const LOOK_EVERY_MS = 20;

/**
 * Asks again and again until the answer is no longer `undefined`. Only for foreign programs, which have no other way
 * to tell; what is ours has events.
 * @param what names what is waited for, in the error when time is up
 */
export async function waitUntil<T>(
  what: () => string,
  ask: () => Promise<T | undefined>,
  withinMs = 20_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${withinMs} ms passed: ${what()}`);
    await delay(LOOK_EVERY_MS);
  }
}

/** Waits until a foreign server takes connections on that port. */
export async function waitForListener(port: number, host = "127.0.0.1", withinMs = 20_000): Promise<void> {
  const ask = async () => ((await takesConnections(port, host)) ? true : undefined);
  await waitUntil(() => `nobody listens on ${host}:${port}`, ask, withinMs);
}

async function takesConnections(port: number, host: string): Promise<boolean> {
  const socket = connect(port, host);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
