import { readFileSync } from "node:fs";
import { nodeIo } from "../cli/node-io.ts";
import { runCli } from "../cli/program.ts";
import { actions } from "./actions.ts";

const { version }: { version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
);

process.exitCode = await runCli(process.argv.slice(2), nodeIo(), version, actions);
