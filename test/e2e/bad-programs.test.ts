/**
 * A program that misbehaves on one node: the cluster reports the node and the reason, with the line of the
 * user's own file, and all other processes keep working.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Home, outcome, spawnCluster, TestCluster } from '../helpers/cluster.ts';
import { expectOthersAnswer, placeOf, program } from '../helpers/fixtures.ts';

const crashes = [
  {
    name: 'throws-at-start',
    what: 'throws while it starts',
    reason: `Error: the shelf is empty (${placeOf('throws-at-start', 'new Error')}) before it was ready`,
  },
  {
    name: 'rejects-at-start',
    what: 'rejects its start',
    reason: `Error: the shelf is stuck (${placeOf('rejects-at-start', 'new Error')}) before it was ready`,
  },
  {
    name: 'throws-later',
    what: 'throws in a timer',
    reason: `RangeError: the shelf fell down (${placeOf('throws-later', 'new RangeError')})`,
  },
  {
    name: 'exits',
    what: 'calls process.exit',
    reason: `called process.exit(3) at ${placeOf('exits', 'process.exit')}`,
  },
];

test.each(crashes)(
  'a node that $what is shown as crashed, with the reason and the line',
  async ({ name, reason }) => {
    await using cluster = await TestCluster.up(['--nodes', '3', '--program', program(name)]);
    const event = await cluster.event('node.crashed');
    expect(event).toMatchObject({ node: 'n2', facts: { reason } });
    expect(await cluster.node('n2')).toMatchObject({ state: 'crashed', reason });
    expect((await cluster.run('status')).stdout).toContain(reason);
    await expectOthersAnswer(cluster);
  },
);

test('a node whose memory is full crashes, and the crash says so', async () => {
  await using cluster = await TestCluster.up(
    ['--nodes', '3', '--program', program('eats-memory')],
    { env: { NODE_OPTIONS: '--max-old-space-size=48' } },
  );
  await cluster.client.call('n2', { type: 'hello' }, { timeout: '10s' });
  const { node, facts } = await cluster.event('node.crashed');
  expect(node).toBe('n2');
  expect(facts.reason).toBe('ran out of memory: its JavaScript heap was full');
  await expectOthersAnswer(cluster);
});

test('if no node becomes ready, `up` ends with one line that says why', async () => {
  await using home = new Home();
  const up = ['up', '--nodes', '3', '--program', program('no-function')];
  const { code, stderr } = await outcome(spawnCluster(home.path, up));
  expect(code).toBe(1);
  expect(stderr).toBe(
    `error NODE_START_FAILED: no node of ${program('no-function')} became ready: the program exports no function: write \`export default function (node) { … }\` (${program('no-function')}) before it was ready\n`,
  );
});

test('a program that does not compile starts nothing, and the line says where', async () => {
  await using home = new Home();
  const path = join(home.path, 'torn.ts');
  writeFileSync(path, 'export default function torn() {\n  const shelf = ;\n}\n');
  const { code, stderr, stdout } = await outcome(
    spawnCluster(home.path, ['up', '--program', path]),
  );
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  // The path is relative to the user's folder, or absolute if that is shorter.
  expect(stderr).toMatch(
    /^error PROGRAM_INVALID: the program does not compile: \S+\/torn\.ts:2:17: Unexpected ";"\n$/,
  );
});

test('garbage that a program writes to the control channel harms nothing', async () => {
  await using cluster = await TestCluster.up([
    ...['--nodes', '3', '--program', program('misuses-channel')],
  ]);
  await expectOthersAnswer(cluster);
  expect((await cluster.client.call('n2', { type: 'hello' })).body).toMatchObject({ from: 'n2' });
  expect((await cluster.run('status')).code).toBe(0);
  // For data above the limit of an event, the event has its length.
  const { node, facts } = await cluster.event('program.event');
  expect({ node, facts }).toEqual({
    node: 'n2',
    facts: { name: 'large', leftOutBytes: expect.any(Number) },
  });
});
