import type { SecureContext } from "node:tls";
import {
  type ConnectionBounds,
  type ListenerPlace,
  type Listeners,
  startListeners,
} from "../connections/listeners.ts";
import { replies } from "../core/replies.ts";
import { encodeReply } from "../protocol/smtp/reply-codec.ts";
import { SmtpConnection } from "./connection.ts";
import type { ListenerSettings, SmtpServices } from "./session-context.ts";

/** A listener with where it listens. */
export type SmtpListenerOptions = ListenerSettings & ListenerPlace;

export interface SmtpServerOptions extends ConnectionBounds {
  readonly services: SmtpServices;
  readonly listeners: readonly SmtpListenerOptions[];
  /** The certificate now; asked at each handshake, so that a new one needs no restart. */
  readonly secureContext: () => SecureContext | undefined;
}

/** Opens every SMTP listener, or none: rejects with the listener's name, what is wrong with its address and what to do. */
export function startSmtpServer({ services, ...options }: SmtpServerOptions): Promise<Listeners> {
  return startListeners({
    ...options,
    clock: services.clock,
    log: services.log,
    beginsWithTls: ({ protocol }) => protocol === "submissions",
    lastWords: {
      proxyHeaderInvalid: encodeReply(replies.proxyHeaderInvalid),
      tooManyConnections: encodeReply(replies.tooManyConnections),
    },
    begin(listener, { stream, client, clientIsProxy, tls, upgrade, onClosed }) {
      const context = { ...services, listener, client, clientIsProxy, tls };
      const connection = new SmtpConnection(stream, context, upgrade, onClosed);
      connection.start();
      return connection;
    },
  });
}
