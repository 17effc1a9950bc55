/** Keeps unit tests from starting processes. A test that needs a process is an end-to-end test. */
import childProcess from 'node:child_process';
import { syncBuiltinESMExports } from 'node:module';

function refuse(): never {
  throw new Error('a unit test starts no process: rename its file to *.e2e.test.ts');
}

const { spawn, spawnSync, exec, execSync, execFile, execFileSync, fork } = childProcess;
const starting = { spawn, spawnSync, exec, execSync, execFile, execFileSync, fork };
for (const name of Object.keys(starting)) Object.assign(childProcess, { [name]: refuse });
syncBuiltinESMExports();
