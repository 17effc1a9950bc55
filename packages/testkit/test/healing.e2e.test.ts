/** Healing on real processes: a message that a removed rule delays does not hold back later ones. */
import { expect, test } from 'vitest';
import { startCluster } from '../src/index.ts';

test('a call after a heal does not wait for messages that a removed rule still delays', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'echo', seed: 42 });
  const link = cluster.link('c1>n1');
  const echo = { type: 'echo', echo: 1 };
  const call = (timeout: string) => cluster.call('n1', echo, { client: 'c1', timeout });
  await link.delay('10m', { keepOrder: true });
  await expect(call('100ms')).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  await cluster.heal();
  await link.delay('1ms', { keepOrder: true });
  await expect(call('5s')).resolves.toMatchObject({ body: { type: 'echo_ok' } });
  // The first request is still in flight and can be released.
  expect(await link.release()).toBe(1);
  // A message that an active rule delays for very long does not keep a reset waiting.
  await link.delay('10m', { keepOrder: true });
  await expect(call('100ms')).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  await cluster.reset();
  await expect(call('5s')).resolves.toMatchObject({ body: { type: 'echo_ok' } });
});
