/** Runs the example of the README and compares its output. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { explain } from './examples/explain.ts';
import { info } from './helpers/execution.ts';
import { Story } from './helpers/story.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const example = readFileSync(new URL('./examples/explain.ts', import.meta.url), 'utf8');

test('the README shows the example and its output exactly', () => {
  expect(readme).toContain(
    `\`\`\`ts\n${example.replaceAll('../../src/index.ts', '@faultline/analysis')}\`\`\``,
  );
  const story = new Story();
  story.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '50ms ± 10ms' } });
  const id = story.send('n1', 'n2', 'note');
  const recorded = { run: info, facts: story.facts, events: [], history: [] };
  expect(readme).toContain(`\`\`\`\n${explain(recorded, id).join('\n')}\n\`\`\``);
});
