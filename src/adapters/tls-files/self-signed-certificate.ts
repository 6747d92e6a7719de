import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import * as der from "./der.ts";

/** What a self-signed certificate says. */
export interface SelfSigned {
  /** DNS names that it is good for; the first is its common name too. */
  readonly names: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** Certificate and key in PEM. */
export interface CertificateAndKey {
  readonly certificate: string;
  readonly key: string;
}

// RFC 5758 3.2.
const ECDSA_WITH_SHA256 = der.sequence(der.oid("1.2.840.10045.4.3.2"));

/** Makes a key (ECDSA P-256) and a certificate for it that is signed with itself (RFC 5280). */
export function selfSignedCertificate(wanted: SelfSigned): CertificateAndKey {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const body = toBeSigned(wanted, publicKey);
  const signature = sign("sha256", body, privateKey);
  const certificate = der.sequence(body, ECDSA_WITH_SHA256, der.bitString(signature));
  return {
    certificate: pem("CERTIFICATE", certificate),
    key: pem("PRIVATE KEY", privateKey.export({ type: "pkcs8", format: "der" })),
  };
}

/** RFC 5280 4.1: TBSCertificate of version 3. */
function toBeSigned({ names, notBefore, notAfter }: SelfSigned, publicKey: KeyObject): Buffer {
  const [first = "localhost"] = names;
  // RFC 5280 A.1: a common name has at most 64 characters; the names that count are the alternative ones.
  const commonName = der.sequence(der.oid("2.5.4.3"), der.utf8String(first.slice(0, 64)));
  const issuer = der.sequence(der.setOfOne(commonName));
  return der.sequence(
    der.element(0xa0, der.integer(Uint8Array.of(2))),
    // RFC 5280 4.1.2.2: positive, at most 20 octets, and nobody else's.
    der.integer(randomBytes(16)),
    ECDSA_WITH_SHA256,
    issuer,
    der.sequence(der.time(notBefore), der.time(notAfter)),
    issuer,
    publicKey.export({ type: "spki", format: "der" }),
    der.element(0xa3, der.sequence(...extensions(names))),
  );
}

function extensions(names: readonly string[]): Buffer[] {
  // RFC 5280 4.2.1.6: dNSName is [2] IA5String.
  const alternatives = names.map((name) => der.element(0x82, Buffer.from(name, "latin1")));
  return [
    // basicConstraints without cA, which is false by default.
    extension("2.5.29.19", der.sequence(), "critical"),
    // keyUsage: digitalSignature, the first of eight bits.
    extension("2.5.29.15", der.bitString(Uint8Array.of(0x80), 7), "critical"),
    // extKeyUsage: serverAuth.
    extension("2.5.29.37", der.sequence(der.oid("1.3.6.1.5.5.7.3.1"))),
    extension("2.5.29.17", der.sequence(...alternatives)),
  ];
}

function extension(id: string, value: Buffer, critical?: "critical"): Buffer {
  const flag = critical ? [der.booleanTrue()] : [];
  return der.sequence(der.oid(id), ...flag, der.octetString(value));
}

/** RFC 7468: lines of 64 characters. */
function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}
