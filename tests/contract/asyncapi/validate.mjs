// Names every fault of the AsyncAPI documents given by their paths, one a line; ends with 1 where there is any.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const LEVELS = ["error", "warning"];
let faults = 0;
for (const file of process.argv.slice(2)) {
  const { diagnostics } = await new Parser().parse(readFileSync(file, "utf8"));
  for (const { severity, code, path, message } of diagnostics.filter(({ severity }) => severity < LEVELS.length)) {
    console.log(`${file}: ${LEVELS[severity]} ${code} at /${path.join("/")}: ${message}`);
    faults += 1;
  }
}
process.exit(faults ? 1 : 0);
