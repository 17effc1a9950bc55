/** The helper that follows guides. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Checkout, changed, isAsShown, stepsOf } from '../helpers/guide.ts';

const page = `# A page

\`\`\`ts
// only illustrates
\`\`\`

\`\`\`ts added.ts
export const three: number = 3;
\`\`\`

\`\`\`console
$ pnpm cluster faults loss
$ node -e \\
  'console.log("a", 2)'
a 2
\`\`\`
`;

test('a page has files, changes and commands as steps, each with its line', () => {
  expect(stepsOf(page)).toEqual([
    { kind: 'file', path: 'added.ts', text: 'export const three: number = 3;\n', line: 8 },
    { kind: 'command', command: 'pnpm cluster faults loss', shown: '', line: 12 },
    { kind: 'command', command: `node -e \\\n  'console.log("a", 2)'`, shown: 'a 2\n', line: 13 },
  ]);
});

test.each([
  ['the same line', 'a b', 'a b\n', true],
  ['another line', 'a b', 'a c\n', false],
  ['another column width', 'a b', 'a    b\n', true],
  ['an elided part', 'took …ms', 'took 3.5ms\n', true],
  ['an elided part that would span lines', 'took …ms', 'took 3.5s\n7ms\n', false],
  ['elided lines', 'a\n…\nd', 'a\nb\nc\nd\n', true],
  ['elided lines before and after', '…\nb\n…', 'a\nb\nc\n', true],
  ['a missing line', 'a\nc', 'a\nb\nc\n', false],
  ['lines in another order', 'a\n…\nb', 'b\na\n', false],
  ['an additional line', 'a', 'a\nb\n', false],
  [
    'characters with a meaning in regular expressions',
    'add_ok {"a":[1]} (n1)',
    'add_ok {"a":[1]} (n1)',
    true,
  ],
])('compares output with what the page shows: %s', (_, shown, printed, expected) => {
  expect(isAsShown(shown, printed)).toBe(expected);
});

test('applies a diff only if its context occurs exactly once', () => {
  expect(changed('a\nb\nc\n', ' a\n+x\n b\n')).toBe('a\nx\nb\nc\n');
  expect(changed('a\nb\nc\n', '-b\n+y\n')).toBe('a\ny\nc\n');
  expect(() => changed('a\nb\n', ' c\n+x\n')).toThrow('does not have these lines:\nc');
  expect(() => changed('a\nb\na\n', ' a\n+x\n')).toThrow('has these lines 2 times:\na');
});

test('follows a page in a copy, and names the line of a step that fails', async () => {
  await using checkout = new Checkout();
  for (const step of stepsOf(page)) await checkout.perform(step);
  expect(readFileSync(join(checkout.path, 'added.ts'), 'utf8')).toContain('three');
  expect(await checkout.complaints()).toEqual([]);

  const wrong = join(checkout.path, 'wrong.md');
  writeFileSync(wrong, '# Wrong\n\n```console\n$ echo 3\n4\n```\n');
  await expect(checkout.follow(wrong)).rejects.toThrow(
    /wrong\.md:4: echo 3 printed\n3\n\ninstead of\n4\n/,
  );
  writeFileSync(wrong, '# Wrong\n\n```console\n$ pnpm cluster cal n1\n```\n');
  await expect(checkout.follow(wrong)).rejects.toThrow(/ended with code 1/);
  writeFileSync(wrong, '# Wrong\n\n```ts added.ts\nexport const three: string = 3;\n```\n');
  await checkout.follow(wrong);
  expect((await checkout.complaints()).join()).toContain("Type 'number' is not assignable");
});

test('refuses a page without steps', async () => {
  await using checkout = new Checkout();
  await expect(checkout.follow('packages/README.md')).rejects.toThrow('no steps');
});
