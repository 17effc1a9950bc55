/** A problem that keeps all commands from working gives one line, soon, and an exit code above 0. */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transform } from 'esbuild';
import { expect, test } from 'vitest';
import { cluster, Home, type Outcome, outcome, root } from '../helpers/cluster.ts';

/** Runs the command in a Node that reports another version. */
function inNode(version: string, ...args: string[]): Promise<Outcome> {
  const versions = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`;
  const pretend = `data:text/javascript,${encodeURIComponent(versions)}`;
  const launcher = join(root, 'scripts/cluster.mjs');
  return outcome(spawn(process.execPath, ['--import', pretend, launcher, ...args]));
}

test('a Node version that is too old is named, with the required one', async () => {
  for (const version of ['18.20.8', '20.18.3']) {
    expect(await inNode(version, 'status')).toEqual({
      code: 3,
      stdout: '',
      stderr: `error NODE_TOO_OLD: expected Node 20.19 or later, and this is ${version}: install a later one, such as by \`nvm install\`\n`,
    });
  }
  const { stderr } = await inNode('18.20.8', 'status', '--json');
  expect(JSON.parse(stderr)).toMatchObject({
    error: { code: 'NODE_TOO_OLD', facts: { oldest: '20.19', found: '18.20.8' } },
  });
  expect(await inNode('20.19.0', '--version')).toMatchObject({ code: 0, stderr: '' });
});

test.each(['cluster.mjs', 'node-version.mjs'])('an old Node can parse %s', async (file) => {
  const source = readFileSync(join(root, 'scripts', file), 'utf8');
  const written = async (target: string) => (await transform(source, { target })).code;
  expect(await written('node12.20')).toBe(await written('esnext'));
});

test.each(['up', 'up --detach', 'run packages/plans/examples/untouched.yaml'])(
  '`%s` names a state directory that cannot be written, and what to do',
  async (command) => {
    await using home = new Home();
    const state = join(home.path, 'file');
    writeFileSync(state, 'no folder');
    const { code, stderr } = await cluster(state, ...command.split(' '));
    expect(code).toBeGreaterThan(0);
    expect(stderr).toMatch(
      /^error DISK_ERROR: cannot write .*: ENOTDIR.*: set FAULTLINE_HOME to a state directory that you can write\n$/,
    );
  },
);
