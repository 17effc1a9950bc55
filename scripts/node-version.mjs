/**
 * Ends the process with one line if Node is older than the `engines` of package.json. Imported before
 * anything that an old Node cannot parse, so the syntax here is old.
 */
import { readFileSync } from 'node:fs';

const { engines } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const oldest = engines.node.replace('>=', '');
const [major, minor] = oldest.split('.').map(Number);
const [ownMajor, ownMinor] = process.versions.node.split('.').map(Number);
const exitCouldNot = 3;

if (ownMajor < major || (ownMajor === major && ownMinor < minor)) {
  const code = 'NODE_TOO_OLD';
  const found = process.versions.node;
  const message = `expected Node ${oldest} or later, and this is ${found}: install a later one, such as by \`nvm install\``;
  process.stderr.write(
    process.argv.includes('--json')
      ? `${JSON.stringify({ error: { code, message, facts: { oldest, found } } })}\n`
      : `error ${code}: ${message}\n`,
  );
  process.exit(exitCouldNot);
}
