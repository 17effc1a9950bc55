/** Commands on the recording of a cluster that is down. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cluster, Home } from '../helpers/cluster.ts';

test('after a run, logs show the stack of a crash, and events, timeline and before answer from the recording', async () => {
  await using home = new Home();
  writeFileSync(
    join(home.path, 'crashing.mjs'),
    `export default function (node) {
  node.on('write', () => {
    node.log.info('about to crash');
    setTimeout(function deepInside() { throw new Error('the disk caught fire'); }, 10);
    return {};
  });
}`,
  );
  const plan = join(home.path, 'plan.yaml');
  writeFileSync(
    plan,
    `name: fire
cluster: { nodes: 2, program: ./crashing.mjs }
steps:
  - { at: 0s, do: { call: n1, body: { type: write, key: x }, client: c7 } }
  - { after: n1 is crashed, do: { wait: 50ms } }
  - { at: 300ms, do: { wait: 50ms } }
converge: false
`,
  );
  const run = await cluster(home.path, 'run', plan);
  expect(run.stdout).toContain('the disk caught fire');
  expect(run.stdout).toMatch(/call n1.*write_ok.*\(c7\.\d+\.\d+\)/);
  const ask = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster(home.path, ...args, '--name', 'fire');
    expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  expect(await ask('logs', 'n1')).toMatch(
    /^n1 +.*the disk caught fire[\s\S]*^n1 +at .*deepInside/m,
  );
  expect(await ask('events', '--run', 'latest')).toMatch(/ n1 +.*the disk caught fire/);
  const timeline = await ask('timeline');
  const [, id] = /c7 +write key="x" at n1: ok .*\((c7\.\d+\.\d+)\)$/m.exec(timeline) ?? [];
  expect(timeline).toMatch(/ fault +begins: n1 crashed/);
  expect(await ask('before', id!, 'n1.1.1')).toContain(`${id} happened before n1.1.1`);
  expect(await ask('stats', '--calls')).toMatch(/^write +1 +0 +0 +[\d.]+(ms|µs) /m);
  const followed = await cluster(home.path, 'events', '-f', '--name', 'fire');
  expect([followed.code, followed.stderr]).toEqual([1, expect.stringContaining('BAD_REQUEST')]);
}, 60_000);
