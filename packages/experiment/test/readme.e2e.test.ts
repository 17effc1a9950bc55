/** The README's example is code that runs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { convergesAfterACut } from './examples/converges.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the README contains the example, which runs', async () => {
  const code = read('examples/converges.ts').replace('../../src/index.ts', '@faultline/experiment');
  expect(read('../README.md')).toContain(code);
  const stateDir = mkdtempSync(join(tmpdir(), 'faultline-experiment-'));
  try {
    const [verdict, ...lines] = await convergesAfterACut(stateDir);
    expect([verdict, lines.join(' ')]).toEqual([
      'ok',
      expect.stringMatching(/n3.*touched \d+ messages/),
    ]);
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}, 30_000);
