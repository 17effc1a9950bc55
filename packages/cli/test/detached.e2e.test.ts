import { expect, test } from 'vitest';
import { startDetached } from '../src/detached.ts';

const script = (text: string): string[] => ['--eval', text];

test('a process that reports is waited for, and no longer', async () => {
  const started = await startDetached(
    script("process.send({ pid: process.pid }); process.on('disconnect', () => process.exit())"),
    20_000,
  );
  expect(started).toEqual({ message: { pid: expect.any(Number) } });
});

test('a process that ends first hands on its code and what it printed', async () => {
  const started = await startDetached(script("console.error('no'); process.exitCode = 7"), 20_000);
  expect(started).toEqual({ code: 7, complaint: 'no\n' });
});

test('a process that reports nothing is killed in time, also one that is stopped', async () => {
  const beganMs = performance.now();
  const started = await startDetached(script("process.kill(process.pid, 'SIGSTOP')"), 500);
  expect(started).toEqual({ late: true });
  expect(performance.now() - beganMs).toBeLessThan(5000);
});
