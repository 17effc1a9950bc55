import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventKind } from '@faultline/actions';
import { skewed } from '@faultline/clocks';
import type { NodeConfig } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { CpuLimits } from '../../src/cpu/cpu-limits.ts';
import { NodeProcess } from '../../src/nodes/node-process.ts';
import { ClusterMark } from '../../src/processes/mark.ts';
import { Folder } from '../helpers/folder.ts';

/** A stand-in for a node, which runs this module and then keeps running. */
async function lifeOf(source: string): Promise<{
  readonly node: NodeProcess;
  readonly kinds: EventKind[];
}> {
  using home = new Folder();
  const path = home.at('program.mjs');
  writeFileSync(path, `import fs from 'node:fs';\n${source}\nsetInterval(() => {}, 1000);\n`);
  const kinds: EventKind[] = [];
  const node = new NodeProcess(
    {
      id: 'n1',
      program: { kind: 'module', identity: 'test', label: path, bundlePath: path },
      mark: new ClusterMark(),
      logPath: home.at('n1.log'),
      readyTimeoutMs: 10_000,
      stopGraceMs: 100,
      configure: async () => ({ id: 'n1', members: [], settings: {} }) as unknown as NodeConfig,
      weather: () => null,
      sync: () => null,
      record: (kind) => kinds.push(kind),
      onGroup: () => {},
      cpus: new CpuLimits(home.path),
      restart: 'no',
    },
    skewed.perfect({ trueMs: 0, wallMs: 0 }),
  );
  node.start();
  await node.settled;
  if (node.state === 'ready' && node.isRunning) await sleep(100);
  return { node, kinds };
}

const saysReady = `process.on('message', () => {}); process.send({ from: 'ready' });`;

test.each([
  ['a line that is no JSON', `fs.writeSync(3, 'x\\n')`, 'wrote "x" to its control channel'],
  [
    'bytes that spoil the next message',
    `fs.writeSync(3, 'x'); process.send({ from: 'ready' })`,
    'wrote "x{\\"from\\":\\"ready\\"}" to its control channel',
  ],
  [
    'an escape sequence',
    `fs.writeSync(3, '\\u001b[2J\\n')`,
    'wrote "\ufffd[2J" to its control channel',
  ],
  [
    'a line without an end',
    `const block = Buffer.alloc(1024 * 1024, 'x');
     const write = () => fs.write(3, block, () => write());
     write();`,
    'wrote more than 33554432 bytes without a line end to its control channel',
  ],
])('a node that writes %s to descriptor 3 is crashed', async (_, source, reason) => {
  const { node, kinds } = await lifeOf(source);
  expect(node.status()).toMatchObject({ state: 'crashed', signal: 'SIGKILL' });
  expect(node.reason).toContain(reason);
  expect(kinds).toContain('node.crashed');
});

test('a node that closes its control channel and keeps running is treated as crashed', async () => {
  const { node } = await lifeOf('process.disconnect();');
  expect(node.state).toBe('crashed');
  expect(node.reason).toBe('closed its control channel (file descriptor 3) before it was ready');
});

test.each([
  ['the internal messages of Node', `process.send({ cmd: 'NODE_HANDLE', type: 'net.Socket' })`],
  ['a handle that was not sent', `process.send({ cmd: 'NODE_HANDLE_ACK' })`],
  ['texts that are none', `process.send({ from: 'role', atMs: 1, role: { toString: 1 } })`],
  ['an absurd time', `process.send({ from: 'event', atMs: 1e300, name: 'x', data: {} })`],
  ['no object', `process.send(null)`],
])('the supervisor survives a node that sends %s', async (_, source) => {
  const { node } = await lifeOf(`${source}; ${saysReady}`);
  expect(node.state).toBe('ready');
  await node.kill();
});

test('a node that exits has its exit as the reason, not the closing channel', async () => {
  const { node } = await lifeOf('process.exit(7);');
  expect(node.reason).toMatch(/^(exited with code 7|called process\.exit\(7\))/);
});
