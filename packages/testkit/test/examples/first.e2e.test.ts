import { register, registerLoad, startCluster } from '@faultline/testkit';
import { expect, test } from 'vitest';
import '@faultline/testkit/vitest';

test('my store survives a partition', async () => {
  await using cluster = await startCluster({ nodes: 5, program: 'kv', seed: 42 });
  const load = registerLoad({ clients: 5, keys: 3, operations: 300 });
  {
    await using _cut = await cluster.partition('minority | majority');
    await cluster.node('n2').clock.jump('+5s');
    await cluster.link('n1>n4').lose({ replies: true, first: 1 });
    const history = await cluster.load(load, { converge: true });
    expect(history).toConverge();
    // kv answers from its own copy: available, and not linearizable.
    expect(history).not.toBeLinearizable(register);
  }
});
