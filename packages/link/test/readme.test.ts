import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { sayHello } from './examples/hello.ts';
import { RouterStub } from './router-stub.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

test('the example in the README sends its message as soon as the link is up', async () => {
  const example = read('examples/hello.ts').replace('../../src/index.ts', '@faultline/link');
  expect(read('../README.md')).toContain(example);
  await using router = await RouterStub.open();
  const link = sayHello(router.url);
  await router.until(() => router.received.length > 0);
  expect(router.received).toEqual([1]);
  link.close();
});
