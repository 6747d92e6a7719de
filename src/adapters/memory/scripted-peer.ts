import { err, ok, type Result } from "../../core/result.ts";
import type { Dialer, TlsFacts, Wire, WireListener } from "../../ports/dialer.ts";

/**
 * A server's half of a conversation, line by line: `S: ` what it says, `C: ` what it must hear, `TLS: ok` or
 * `TLS: certificate expired` where the client starts TLS, `S: *close*` where it goes away.
 */
export type Script = readonly string[];

/** A peer that follows its script. */
export interface ScriptedPeer {
  readonly wire: Wire;
  /** What the client wrote, one element a write. */
  readonly writes: readonly string[];
  /** What was not as the script has it, or is still to come; empty when all went as written. */
  rest(): string[];
  /** How the client ended the connection, if it did. */
  ended(): "closed" | "destroyed" | undefined;
}

/** Makes a peer for one connection. With `room` the wire is always full, and drains at once or never. */
export function scriptedPeer(script: Script, room?: "drains" | "stuck"): ScriptedPeer {
  const writes: string[] = [];
  let left = [...script];
  let heard = "";
  let listener: WireListener | undefined;
  let ended: "closed" | "destroyed" | undefined;
  const gone = Promise.withResolvers<void>();

  const speak = (): void => {
    let said = "";
    while (left[0]?.startsWith("S: ") && left[0] !== "S: *close*") said += `${left.shift()?.slice(3)}\r\n`;
    const closes = left[0] === "S: *close*";
    if (closes) left.shift();
    // Later, as from a network: never while the client is still writing.
    queueMicrotask(() => {
      if (ended) return;
      if (said !== "") listener?.data(Buffer.from(said));
      if (closes) listener?.end("the peer closed the connection");
    });
  };
  const hear = (): void => {
    for (let end = heard.indexOf("\r\n"); end >= 0; end = heard.indexOf("\r\n")) {
      const line = heard.slice(0, end);
      heard = heard.slice(end + 2);
      if (left[0] !== `C: ${line}`) {
        left = [`heard "${line}" instead of "${left[0]}"`, ...left];
        listener?.end("the peer is confused");
        return;
      }
      left.shift();
      if (left[0]?.startsWith("S: ")) speak();
    }
  };
  const wire: Wire = {
    listen: (given) => {
      listener = given;
      speak();
    },
    write: (bytes) => {
      const text = Buffer.from(bytes).toString("latin1");
      writes.push(text);
      heard += text;
      hear();
      return room === undefined;
    },
    drained: () => (room === "stuck" && !ended ? gone.promise : Promise.resolve()),
    startTls: async (): Promise<Result<TlsFacts>> => {
      const step = left.shift() ?? "nothing";
      if (step === "TLS: ok") {
        if (left[0]?.startsWith("S: ")) speak();
        return ok({ protocol: "TLSv1.3", cipher: "TLS_AES_256_GCM_SHA384", verified: false });
      }
      ended = "destroyed";
      return err(step.replace(/^TLS: /, ""));
    },
    close: () => {
      ended ??= "closed";
    },
    destroy: () => {
      ended ??= "destroyed";
      gone.resolve();
    },
  };
  return {
    wire,
    writes,
    rest: () => (heard === "" ? left : [...left, `unread: ${heard}`]),
    ended: () => ended,
  };
}

/** A network in memory: at each address (`192.0.2.1:25`) a list of peers, one for each connection in turn. */
export function scriptedDialer(network: Readonly<Record<string, readonly ScriptedPeer[]>>): Dialer & {
  readonly dialled: readonly string[];
} {
  const dialled: string[] = [];
  const next = new Map<string, number>();
  return {
    dialled,
    dial: async (address, port) => {
      const place = `${address.text}:${port}`;
      dialled.push(place);
      const turn = next.get(place) ?? 0;
      next.set(place, turn + 1);
      const peer = network[place]?.[turn];
      return peer ? ok(peer.wire) : err(`${place}: connection refused`);
    },
  };
}
