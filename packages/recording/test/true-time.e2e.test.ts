import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { trueNowMs } from '../src/true-time.ts';

test('true time never goes back', () => {
  let last = trueNowMs();
  for (let i = 0; i < 100_000; i++) {
    const now = trueNowMs();
    if (now < last) expect(now).toBeGreaterThanOrEqual(last);
    last = now;
  }
});

test('another process reads the same true time', () => {
  const path = fileURLToPath(new URL('../src/true-time.ts', import.meta.url));
  const script = `import(${JSON.stringify(path)}).then(({ trueNowMs }) => console.log(trueNowMs()))`;
  const before = trueNowMs();
  const there = Number(
    execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]),
  );
  const after = trueNowMs();
  // Each process finds its origin to within the time that it takes to read two clocks.
  const slackMs = 0.2;
  expect(there).toBeGreaterThan(before - slackMs);
  expect(there).toBeLessThan(after + slackMs);
});
