/** The usage of a separate process group: in the group of the tests, processes start and exit. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { hasProc } from '../../src/cpu/cpu-time.ts';
import { usageOf } from '../../src/processes/usage.ts';

/** Uses memory, descriptors and CPU time on request, and reports it. */
const taker = `
const kept = [];
console.log('ready');
process.stdin.once('data', () => {
  kept.push(Buffer.alloc(200_000_000, 1));
  for (let i = 0; i < 300; i++) kept.push(require('node:fs').openSync('/dev/null', 'r'));
  for (const endMs = performance.now() + 100; performance.now() < endMs; );
  console.log('taken');
});
`;

test.runIf(hasProc)('the usage of a group rises with that of its processes', async () => {
  const child = spawn(process.execPath, ['-e', taker], {
    detached: true,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = once(child, 'exit');
  try {
    const group = child.pid!;
    const own = async () => (await usageOf([group])).get(group)!;
    await once(child.stdout, 'data');
    const before = await own();
    expect(before.memoryBytes).toBeGreaterThan(10_000_000);
    child.stdin.write('take\n');
    await once(child.stdout, 'data');
    const after = await own();
    expect(after.memoryBytes - before.memoryBytes).toBeGreaterThan(150_000_000);
    expect(after.descriptors! - before.descriptors!).toBeGreaterThanOrEqual(300);
    expect(after.cpuMs - before.cpuMs).toBeGreaterThanOrEqual(50);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
});
