import { join } from "node:path";
import { runProcess } from "./process.ts";
import { toolPath } from "./tools.ts";

/**
 * Makes a self-signed certificate for mx.example.test and 127.0.0.1 with a key of its own, as PEM files in a folder.
 * Needs openssl. The key is readable for its owner only.
 */
export async function selfSignedCertificate(folder: string): Promise<{ certificate: string; key: string }> {
  const certificate = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key];
  const names = [
    "-subj",
    "/CN=mx.example.test",
    "-addext",
    "subjectAltName=DNS:mx.example.test,IP:127.0.0.1",
  ];
  const args = ["req", "-x509", ...newKey, "-days", "2", ...names, "-out", certificate];
  const { code, output } = await runProcess(toolPath("openssl"), args);
  if (code !== 0) throw new Error(`openssl made no certificate: ${output}`);
  return { certificate, key };
}
