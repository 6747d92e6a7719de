// Prints every violation of the table of layers, and fails where there is one.
import { join } from "node:path";
import { checkLayers } from "./layers.ts";

const { violations, files } = await checkLayers(join(import.meta.dirname, ".."));
for (const violation of violations) process.stdout.write(`${violation}\n`);
process.stdout.write(`${files} files, ${violations.length} violations of the layers.\n`);
if (violations.length > 0) process.exitCode = 1;
