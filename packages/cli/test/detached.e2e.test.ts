import { expect, test } from 'vitest';
import { startDetached } from '../src/detached.ts';

const script = (text: string): string[] => ['--eval', text];

test('waits for a process until it reports, and no longer', async () => {
  const started = await startDetached(
    script("process.send({ pid: process.pid }); process.on('disconnect', () => process.exit())"),
    20_000,
  );
  expect(started).toEqual({ message: { pid: expect.any(Number) } });
});

test('returns the exit code and the output of a process that ends before it reports', async () => {
  const started = await startDetached(script("console.error('no'); process.exitCode = 7"), 20_000);
  expect(started).toEqual({ code: 7, complaint: 'no\n' });
});

test('kills a process that does not report in time, even a stopped one', async () => {
  const beganMs = performance.now();
  const started = await startDetached(script("process.kill(process.pid, 'SIGSTOP')"), 500);
  expect(started).toEqual({ late: true });
  expect(performance.now() - beganMs).toBeLessThan(5000);
});
