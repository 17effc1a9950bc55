import { spawn } from 'node:child_process';
import { expect, test, vi } from 'vitest';
import { isAlive, processIdentity } from '../src/process-identity.ts';

const isKnown = processIdentity(process.pid) !== undefined;

test('a process has its own identity, and no process that started at another time has it', () => {
  expect(isAlive(process.pid)).toBe(true);
  expect(isAlive(process.pid, processIdentity(process.pid))).toBe(true);
  expect(isAlive(process.pid, 'another time')).toBe(!isKnown);
});

test.runIf(isKnown)(
  'a process that has ended is not alive, though its parent has not asked how',
  async () => {
    // The shell becomes a program that never collects the exit status of its children.
    const parent = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 1000']);
    try {
      const pid = await new Promise<number>((resolve) =>
        parent.stdout.once('data', (data) => resolve(Number(String(data)))),
      );
      const identity = processIdentity(pid);
      expect(isAlive(pid, identity)).toBe(true);
      await vi.waitUntil(() => !isAlive(pid, identity), { timeout: 5000 });
      // Its number is still taken.
      expect(process.kill(pid, 0)).toBe(true);
    } finally {
      parent.kill('SIGKILL');
    }
  },
);
