/** What the code of one folder of `src/` may import. */
export interface Layer {
  /** Other folders of `src/`; "all" for the one that composes them. */
  readonly layers: readonly string[] | "all";
  /** Folders of `src/` of which it may import types only. */
  readonly typesOf?: readonly string[];
  /** Modules of Node beside {@link PURE_NODE_MODULES}, without `node:`. */
  readonly node?: readonly string[] | "all";
  /** Packages from the registry. */
  readonly packages?: readonly string[] | "all";
}

/** Modules of Node that do no input or output: any code may use them. */
export const PURE_NODE_MODULES: readonly string[] = [
  "buffer",
  "events",
  "path",
  "string_decoder",
  "url",
  "util",
];

const SOCKETS = ["net", "stream", "tls"];

/** The folders of `src/`. docs/architecture.md explains why it is these and what each holds. */
export const LAYERS: Readonly<Record<string, Layer>> = {
  core: { layers: [], packages: ["ipaddr.js", "tr46"] },
  protocol: { layers: ["core"] },
  relay: { layers: ["core"] },
  config: { layers: ["core", "relay"], packages: ["smol-toml", "typebox"] },
  ports: { layers: ["core"], typesOf: ["relay"] },
  connections: { layers: ["core", "protocol", "ports"], node: SOCKETS },
  guessing: { layers: ["core", "ports"], node: ["crypto"] },
  "smtp-server": {
    layers: ["core", "protocol", "relay", "ports", "spool", "connections"],
    node: SOCKETS,
  },
  "pop3-server": { layers: ["core", "protocol", "relay", "ports", "connections"], node: SOCKETS },
  spool: { layers: ["core", "protocol", "ports"], typesOf: ["relay"] },
  queue: { layers: ["core", "protocol", "ports"] },
  containment: { layers: ["core", "protocol", "ports", "queue"] },
  delivery: { layers: ["core", "protocol", "ports"] },
  admin: { layers: ["core", "relay", "config", "ports"], packages: ["typebox"] },
  http: { layers: ["core", "config", "relay", "admin"], node: "all", packages: "all" },
  cli: { layers: ["core", "config", "relay", "admin"], node: "all", packages: "all" },
  adapters: { layers: ["core", "protocol", "ports"], typesOf: ["relay"], node: "all", packages: "all" },
  main: { layers: "all", node: "all", packages: "all" },
};

/** Folders inside a layer that may import more modules of Node than the layer. */
export const EXTRA_NODE_MODULES: Readonly<Record<string, readonly string[]>> = {
  // SCRAM is made of HMAC and hashes.
  "src/protocol/sasl/": ["crypto"],
  // Suites that the tests of adapters run.
  "src/ports/contract/": ["assert", "test"],
};

/** Names that say nothing about what is in a folder. */
export const EMPTY_FOLDER_NAMES: readonly string[] = ["utils", "helpers", "common", "misc"];
