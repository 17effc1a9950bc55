/** What the README shows is a program that runs. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import counter from './examples/counter.ts';
import { HostBench } from './helpers/host-bench.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');
const readme = read('../README.md');

test('the example is in the README', () => {
  const example = read('examples/counter.ts').replace('../../src/index.ts', 'faultline/node');
  expect(readme).toContain(example);
});

test('the counter of the example converges after a partition', async () => {
  const [one, two] = [new HostBench({ id: 'n1' }), new HostBench({ id: 'n2' })];
  for (const { host } of [one, two]) {
    counter(host);
    host.ready();
  }
  expect(await one.ask({ type: 'add', amount: 2 }, 'c1')).toEqual({
    type: 'add_ok',
    in_reply_to: 7,
  });
  await two.ask({ type: 'add', amount: 3 }, 'c1');
  for (const bench of [one, two]) bench.pass(200);
  for (const [from, to] of [
    [one, two],
    [two, one],
  ] as const) {
    const gossip = from.sent.filter(
      ({ dest, body }) => dest === to.host.id && body.type === 'parts',
    );
    for (const { body } of gossip) await to.deliver(from.host.id, body);
  }
  expect(await one.ask({ type: 'read' }, 'c1')).toMatchObject({ total: 5 });
  expect(await two.ask({ type: 'read' }, 'c1')).toMatchObject({ total: 5 });
});
