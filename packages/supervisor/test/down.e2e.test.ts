import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Folder } from './helpers/folder.ts';

test('all waits end at their limit or when the cluster goes down, and nothing keeps the process alive', async () => {
  using folder = new Folder();
  const fixture = fileURLToPath(new URL('fixtures/goes-down.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', fixture, folder.path], {
    cwd: dirname(fixture),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [printed, printedMs] = ['', 0];
  child.stdout.on('data', (data) => {
    printed += data;
    printedMs = performance.now();
  });
  expect(await once(child, 'close')).toEqual([0, null]);
  expect(performance.now() - printedMs).toBeLessThan(2000);
  expect(JSON.parse(printed)).toEqual([
    'CALL_UNKNOWN: the cluster was taken down before n1 answered word: it may or may not have taken effect',
    'CLUSTER_STOPPING: the cluster is being taken down',
    'ROUTER_DOWN: c3, c4 did not join the router within 200 ms: no request was sent; wait until `status` shows that the router is up, and start again',
    1,
  ]);
});
