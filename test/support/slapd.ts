import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { selfSignedCertificate } from "./certificate.ts";
import { freePort } from "./free-port.ts";
import { runProcess, startProcess } from "./process.ts";
import { tempDir } from "./temp-dir.ts";
import { toolPath } from "./tools.ts";
import { waitForListener } from "./wait-until.ts";

/** OpenLDAP's server on loopback, with `uid=ann` whose password is {@link ANN_PASSWORD}. */
export interface Slapd {
  readonly url: string;
  readonly tlsUrl: string;
  /** The certificate that it shows, which is its own authority. */
  readonly ca: string;
  /** Sends a signal to it, such as SIGSTOP. */
  signal(name: NodeJS.Signals): void;
  stop(): Promise<void>;
}

export const ANN_PASSWORD = "looking glass";
/** Who may search. */
export const READER = { name: "cn=admin,dc=corp,dc=test", password: "secret" } as const;

const ENTRIES = `dn: dc=corp,dc=test
objectClass: domain
dc: corp

dn: uid=ann,dc=corp,dc=test
objectClass: inetOrgPerson
uid: ann
cn: Ann
sn: A
mail: ann@example.test
userPassword: ${ANN_PASSWORD}

dn: uid=twin,dc=corp,dc=test
objectClass: inetOrgPerson
uid: twin
cn: Twin
sn: A
mail: twin@example.test
mail: ann2@example.test
userPassword: ${ANN_PASSWORD}
`;

/** Starts slapd; it needs no root. */
export async function startSlapd(): Promise<Slapd> {
  const folder = await tempDir();
  const { certificate, key } = await selfSignedCertificate(folder.path);
  const [port, tlsPort] = [await freePort(), await freePort()];
  const config = join(folder.path, "slapd.conf");
  await mkdir(join(folder.path, "db"));
  await chmod(folder.path, 0o700);
  await writeFile(
    config,
    `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder.path}/pid
TLSCertificateFile ${certificate}
TLSCertificateKeyFile ${key}
# An unauthenticated bind (RFC 4513 5.1.2) is taken here, as Active Directory takes it.
allow bind_anon_cred bind_anon_dn
database mdb
suffix "dc=corp,dc=test"
rootdn "${READER.name}"
rootpw ${READER.password}
directory ${folder.path}/db
access to attrs=userPassword by anonymous auth by * none
access to * by * read
`,
  );
  const added = await runProcess(toolPath("slapadd"), ["-f", config], { input: ENTRIES });
  if (added.code !== 0) throw new Error(`slapadd ended with ${added.code}: ${added.output}`);
  const [url, tlsUrl] = [`ldap://127.0.0.1:${port}`, `ldaps://127.0.0.1:${tlsPort}`];
  const slapd = startProcess(toolPath("slapd"), ["-d", "0", "-f", config, "-h", `${url} ${tlsUrl}`]);
  const stop = async () => {
    await slapd.stop();
    await folder.remove();
  };
  try {
    await waitForListener(tlsPort);
  } catch (error) {
    await stop();
    throw error;
  }
  return { url, tlsUrl, ca: certificate, signal: (name) => void process.kill(slapd.pid, name), stop };
}
