/** Healing on real processes: what a rule delayed outlives the rule, and disturbs nothing that comes after. */
import { expect, test } from 'vitest';
import { startCluster } from '../src/index.ts';

test('a call after a heal is not kept back by what a removed rule still delays', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'echo', seed: 42 });
  const link = cluster.link('c1>n1');
  const echo = { type: 'echo', echo: 1 };
  const call = (timeout: string) => cluster.call('n1', echo, { client: 'c1', timeout });
  await link.delay('10m', { keepOrder: true });
  await expect(call('100ms')).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  await cluster.heal();
  await link.delay('1ms', { keepOrder: true });
  await expect(call('5s')).resolves.toMatchObject({ body: { type: 'echo_ok' } });
  // The first request is still on its way: it is delivered on request.
  expect(await link.release()).toBe(1);
  // And one that a rule in force delays for longer than any wait does not keep a reset waiting.
  await link.delay('10m', { keepOrder: true });
  await expect(call('100ms')).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  await cluster.reset();
  await expect(call('5s')).resolves.toMatchObject({ body: { type: 'echo_ok' } });
});
