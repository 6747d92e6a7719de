import type { SecureContext } from "node:tls";
import {
  type ConnectionBounds,
  type ListenerPlace,
  type Listeners,
  startListeners,
} from "../connections/listeners.ts";
import { popReplies } from "../core/pop-reply.ts";
import { encodePopReply } from "../protocol/pop3/reply-codec.ts";
import { PopConnection } from "./pop-connection.ts";
import type { PopListenerSettings, PopServices } from "./pop-context.ts";

/** A listener with where it listens. */
export type PopListenerOptions = PopListenerSettings & ListenerPlace;

export interface PopServerOptions extends ConnectionBounds {
  readonly services: PopServices;
  readonly listeners: readonly PopListenerOptions[];
  /** The certificate now; asked at each handshake, so that a new one needs no restart. */
  readonly secureContext: () => SecureContext | undefined;
}

/** Opens every POP3 listener, or none: rejects with the listener's name, what is wrong with its address and what to do. */
export function startPopServer({ services, ...options }: PopServerOptions): Promise<Listeners> {
  return startListeners({
    ...options,
    clock: services.clock,
    log: services.log,
    beginsWithTls: ({ protocol }) => protocol === "pop3s",
    lastWords: {
      proxyHeaderInvalid: encodePopReply(popReplies.proxyHeaderInvalid),
      tooManyConnections: encodePopReply(popReplies.tooManyConnections),
    },
    begin(listener, { stream, client, clientIsProxy, tls, upgrade, onClosed }) {
      const context = { ...services, listener, client, clientIsProxy, tls };
      const connection = new PopConnection(stream, context, upgrade, onClosed);
      connection.start();
      return connection;
    },
  });
}
