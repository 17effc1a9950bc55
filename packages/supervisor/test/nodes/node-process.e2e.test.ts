import { join } from 'node:path';
import { skewed } from '@faultline/clocks';
import { deferred, type NodeConfig } from '@faultline/protocol';
import { afterEach, expect, test, vi } from 'vitest';
import { CpuLimits } from '../../src/cpu/cpu-limits.ts';
import { NodeProcess } from '../../src/nodes/node-process.ts';
import { ClusterMark } from '../../src/processes/mark.ts';
import { Folder } from '../helpers/folder.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('the time limit for a node to become ready starts when there is a router to join', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  using home = new Folder();
  const router = deferred<NodeConfig>();
  const node = new NodeProcess(
    {
      id: 'n1',
      program: { kind: 'command', identity: 'sleep 60', label: 'sleep', argv: ['sleep', '60'] },
      mark: new ClusterMark(),
      logPath: join(home.path, 'n1.log'),
      readyTimeoutMs: 100,
      stopGraceMs: 100,
      configure: () => router.promise,
      weather: () => null,
      sync: () => null,
      record: () => {},
      onGroup: () => {},
      cpus: new CpuLimits(home.path),
      restart: 'no',
    },
    skewed.perfect({ trueMs: 0, wallMs: 0 }),
  );
  node.start();
  vi.advanceTimersByTime(1000);
  expect(node.status()).toMatchObject({ state: 'starting', reason: null });
  router.resolve({ id: 'n1', members: [], settings: {} } as unknown as NodeConfig);
  await new Promise(setImmediate);
  expect(node.pid).not.toBeNull();
  vi.advanceTimersByTime(99);
  expect(node.reason).toBe(null);
  vi.advanceTimersByTime(1);
  await node.settled;
  expect(node.reason).toMatch(/^not ready after 100 ms: it has not joined the router/);
  await node.kill();
});
