import { readFileSync } from 'node:fs';
import { fates, outcomes, receptions, ruleChanges } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { fatesIn } from './examples/fates.ts';
import { runFolder } from './helpers/run.ts';
import { TraceFile } from './helpers/trace-file.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the example is in the README, and counts fates', async () => {
  const example = read('examples/fates.ts').replace('../../src/index.ts', '@faultline/recording');
  expect(readme).toContain(example);
  const file = new TraceFile();
  for (const [seq, fate] of (['cut', 'delivered', 'cut'] as const).entries()) {
    file.fate({ src: 'n1', dest: 'n2', seq: seq + 1, fate });
  }
  using folder = runFolder({ 'trace-1.bin': file });
  expect(await fatesIn(folder.path)).toEqual({ cut: 2, delivered: 1 });
});

test.each(
  Object.entries({ fate: fates, change: ruleChanges, reception: receptions, outcome: outcomes }),
)('the numbers of each %s are those of the code', (name, list) => {
  const line = list.map((each, number) => `${number} ${each}`).join('  ');
  expect(readme).toMatch(new RegExp(`^${name} +${line}$`, 'm'));
});
