import { err, ok, type Result } from "../../core/result.ts";
import { decodeUtf8 } from "./login-text.ts";
import { KEY_BYTES } from "./scram-credentials.ts";

/** The longest message of an exchange, in octets; more is refused before it is taken apart. */
const MAX_MESSAGE_BYTES = 4096;

/** How a client stands to channel binding (RFC 5802 7): no; yes but the server does not offer it; this one. */
export type BindingFlag = { readonly flag: "n" | "y" } | { readonly flag: "p"; readonly type: string };

/** RFC 5802 7 client-first-message. */
export interface ClientFirst {
  readonly binding: BindingFlag;
  /** `n,,` and the like, word for word: the client must repeat it at the end. */
  readonly gs2Header: string;
  /** Empty where the client gives none. */
  readonly authzid: string;
  readonly login: string;
  readonly nonce: string;
  /** client-first-message-bare, word for word. */
  readonly bare: string;
}

/** RFC 5802 7 client-final-message. */
export interface ClientFinal {
  readonly channelBinding: Buffer;
  readonly nonce: string;
  readonly proof: Buffer;
  /** client-final-message-without-proof, word for word. */
  readonly withoutProof: string;
}

/** RFC 5802 7 server-first-message. */
export interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** RFC 5802 7 server-final-message: the server's signature, or its error word. */
export type ServerFinal = { readonly signature: Buffer } | { readonly error: string };

// RFC 5802 7: gs2-header. The name of a channel binding is `1*(ALPHA / DIGIT / "." / "-")`.
const GS2_HEADER = /^(?:([ny])|p=([A-Za-z0-9.-]{1,64})),(?:a=([^,]+))?,/;
const NONCE = /^[\x21-\x2b\x2d-\x7e]{1,512}$/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const EXTENSION = /^[A-Za-z]=./;

/** Decodes a message as text, within the bound and without NUL. */
export function scramText(message: Buffer): Result<string> {
  const text = message.length <= MAX_MESSAGE_BYTES ? decodeUtf8(message) : undefined;
  return text === undefined || text.includes("\0") ? err("SCRAM: too long, or not UTF-8 text") : ok(text);
}

/** Reads a client-first-message. */
export function parseClientFirst(text: string): Result<ClientFirst> {
  const gs2 = GS2_HEADER.exec(text);
  if (!gs2) return err("SCRAM: no gs2 header");
  const bare = text.slice(gs2[0].length);
  const [user = "", nonce = "", ...extensions] = bare.split(",");
  // RFC 5802 5.1: `m=` before the user name announces an extension that must be understood. None is, so it is refused here.
  const login = user.startsWith("n=") ? decodeSaslName(user.slice(2)) : undefined;
  const authzid = decodeSaslName(gs2[3] ?? "");
  if (login === undefined || authzid === undefined) return err("SCRAM: no user name, or one with a bare =");
  if (!nonce.startsWith("r=") || !NONCE.test(nonce.slice(2))) return err("SCRAM: no client nonce");
  if (!extensions.every((each) => EXTENSION.test(each))) return err("SCRAM: text after the client nonce");
  const binding: BindingFlag =
    gs2[2] === undefined ? { flag: gs2[1] === "y" ? "y" : "n" } : { flag: "p", type: gs2[2] };
  return ok({ binding, gs2Header: gs2[0], authzid, login, nonce: nonce.slice(2), bare });
}

/** Reads a client-final-message. */
export function parseClientFinal(text: string): Result<ClientFinal> {
  const cut = text.lastIndexOf(",p=");
  const proof = cut < 0 ? undefined : decodeBase64(text.slice(cut + 3));
  if (proof?.length !== KEY_BYTES) return err("SCRAM: no proof of the right size");
  const withoutProof = text.slice(0, cut);
  const [binding = "", nonce = "", ...extensions] = withoutProof.split(",");
  const channelBinding = binding.startsWith("c=") ? decodeBase64(binding.slice(2)) : undefined;
  if (!channelBinding) return err("SCRAM: no channel-binding attribute");
  if (!nonce.startsWith("r=")) return err("SCRAM: no nonce");
  if (!extensions.every((each) => EXTENSION.test(each))) return err("SCRAM: text after the nonce");
  return ok({ channelBinding, nonce: nonce.slice(2), proof, withoutProof });
}

/** Reads a server-first-message. */
export function parseServerFirst(text: string): Result<ServerFirst> {
  const [nonce = "", saltText = "", count = "", ...extensions] = text.split(",");
  const salt = saltText.startsWith("s=") ? decodeBase64(saltText.slice(2)) : undefined;
  if (
    !nonce.startsWith("r=") ||
    !NONCE.test(nonce.slice(2)) ||
    !salt?.length ||
    !/^i=[1-9]\d{0,8}$/.test(count)
  ) {
    return err("not a SCRAM challenge of nonce, salt and iteration count");
  }
  if (!extensions.every((each) => EXTENSION.test(each))) return err("text after the SCRAM iteration count");
  return ok({ nonce: nonce.slice(2), salt, iterations: Number(count.slice(2)) });
}

/** Reads a server-final-message. */
export function parseServerFinal(text: string): Result<ServerFinal> {
  const [first = "", ...extensions] = text.split(",");
  if (!extensions.every((each) => EXTENSION.test(each))) return err("text after the SCRAM signature");
  if (/^e=[A-Za-z0-9-]{1,64}$/.test(first)) return ok({ error: first.slice(2) });
  const signature = first.startsWith("v=") ? decodeBase64(first.slice(2)) : undefined;
  return signature?.length === KEY_BYTES ? ok({ signature }) : err("no SCRAM signature of the right size");
}

/** Writes a user name as SCRAM has it (RFC 5802 5.1): `=` and `,` are escaped. */
export function encodeSaslName(name: string): string {
  return name.replaceAll("=", "=3D").replaceAll(",", "=2C");
}

/** Reads a saslname; `undefined` where an `=` stands for neither comma nor itself. */
function decodeSaslName(text: string): string | undefined {
  if (/=(?!2C|3D)/i.test(text)) return undefined;
  return text.replace(/=(2C|3D)/gi, (_, code: string) => (code.toUpperCase() === "2C" ? "," : "="));
}

function decodeBase64(text: string): Buffer | undefined {
  return BASE64.test(text) ? Buffer.from(text, "base64") : undefined;
}
