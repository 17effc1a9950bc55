/** Loads on real processes: the results of clients, the faults during the load, and the checks. */
import { expect, test } from 'vitest';
import {
  assertLinearizable,
  keyValue,
  register,
  registerLoad,
  setLoad,
  startCluster,
} from '../src/index.ts';
import '../src/expect/vitest.ts';

test('a store without consensus is not linearizable under a partition', async () => {
  await using cluster = await startCluster({ nodes: 5, program: 'kv', seed: 42 });
  await cluster.partition('minority | majority');
  await cluster.node('n2').clock.jump('+5s');
  const load = registerLoad({ clients: 5, keys: 2, operations: 200, cas: 0 });
  const history = await cluster.load(load);
  expect(history.operations).toHaveLength(200);
  expect(history).not.toBeLinearizable(register);
  expect(() => assertLinearizable(history, register)).toThrow(
    /expected the history to be linearizable \(register\), but found: not linearizable[\s\S]*cannot be placed[\s\S]*Meanwhile: .*cut[\s\S]*verdict: violated/,
  );
});

test('a load begins once its clients have joined, however long that takes', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'kv', seed: 42 });
  const [ready] = cluster.events().filter(({ kind }) => kind === 'router.ready');
  const { pid } = ready!.facts as { readonly pid: number };
  process.kill(pid, 'SIGSTOP');
  setTimeout(() => process.kill(pid, 'SIGCONT'), 700);
  const writes = { reads: 0, cas: 0, timeout: '500ms' } as const;
  const load = registerLoad({ clients: 2, operations: 4, ...writes });
  const { operations } = await cluster.load(load);
  expect(operations.map(({ type }) => type)).toEqual(['ok', 'ok', 'ok', 'ok']);
  const kinds = cluster.events().map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind.startsWith('load.'))).toEqual([
    'load.begun',
    'load.ended',
    'load.read',
  ]);
});

test('a rule applies to a client from its first message on', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'kv', seed: 42 });
  await cluster.link('c2>n2').lose();
  const load = registerLoad({ clients: 2, operations: 4, timeout: '500ms' });
  const { operations } = await cluster.load(load);
  expect(operations.filter(({ process }) => process === 'c2')).toMatchObject([
    { type: 'info' },
    { type: 'info' },
  ]);
});

test('a store converges after everything is healed and stopped nodes are started', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'kv', seed: 42 });
  await cluster.partition('n1 | n2,n3');
  await cluster.node('n3').kill();
  const history = await cluster.load(
    registerLoad({ clients: 3, keys: 2, operations: 60, cas: 0, timeout: '150ms' }),
    { converge: true },
  );
  expect(history).toConverge();
  expect(history).not.toBeAvailable('>= 99%');
  expect(history).toBeAvailable('>= 50%');
  expect(history.faults!.map(({ what }) => what)).toContainEqual('n3 killed');
});

test('a linearizable history is vacuous if the fault touched nothing', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'kv', seed: 1 });
  const load = registerLoad({ clients: 4, keys: 2, operations: 100, cas: 0 });
  const calm = await cluster.load(load);
  expect(calm).toBeLinearizable(keyValue);
  await cluster.reset();
  using _ = await cluster.link('clients>n1').lose({ type: 'no such message' });
  const vacuous = await cluster.load(load);
  expect(vacuous.faults).toMatchObject([{ hits: 0 }]);
  expect(() => expect(vacuous).toBeLinearizable(keyValue)).toThrow(/the result proves nothing/);
  expect(() => expect(vacuous).not.toBeLinearizable(keyValue)).toThrow(/the result proves nothing/);
});

test('final reads accept a missing key as a result, and do not retry once all nodes agree on it', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'register', seed: 1 });
  const load = registerLoad({ clients: 2, keys: 2, operations: 4, reads: 1, cas: 0 });
  const { operations } = await cluster.load(load, { converge: true });
  const [loaded, final] = [operations.slice(0, 4), operations.slice(4)];
  expect(loaded.every(({ error }) => error?.code === 20)).toBe(true);
  expect(final.map(({ node, key }) => `${node} ${key}`).sort()).toEqual(
    ['n1', 'n2', 'n3'].flatMap((node) => [`${node} k1`, `${node} k2`]),
  );
});

test('a lost reply leaves an operation unknown and counts as a hit of the fault', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'kv', seed: 1 });
  await cluster.link('n1>c1').lose({ replies: true, first: 1 });
  const { operations, faults } = await cluster.load(
    registerLoad({ clients: 1, keys: 1, operations: 5, reads: 0, cas: 0, timeout: '500ms' }),
  );
  expect(operations.map(({ type }) => type)).toEqual(['info', 'ok', 'ok', 'ok', 'ok']);
  expect(operations[0]).toMatchObject({ process: 'c1', node: 'n1', f: 'write', endedMs: null });
  expect(faults).toMatchObject([{ toMs: null, hits: 1 }]);
});

test('requests follow from seed, client and number', async () => {
  const requests = async (seed: number, operations: number) => {
    await using cluster = await startCluster({ nodes: 1, program: 'kv', seed });
    const load = registerLoad({ clients: 2, keys: 3, operations, cas: 0 });
    const history = await cluster.load(load);
    return history.operations
      .filter(({ process }) => process === 'c2')
      .map(({ f, key, input }) => `${f} ${key} ${input}`);
  };
  const [few, many, other] = [await requests(1, 20), await requests(1, 40), await requests(2, 20)];
  expect(many.slice(0, few.length)).toEqual(few);
  expect(other).not.toEqual(few);
});

test('closing a cluster ends its running load', async () => {
  const cluster = await startCluster({ nodes: 1, program: 'kv', seed: 1 });
  const load = cluster.load(registerLoad({ clients: 2, for: '1h' }));
  load.catch(() => {});
  await cluster.until(() => cluster.trace().then((messages) => messages.length > 0));
  await cluster.close();
  await expect(load).rejects.toThrow(/was closed while the register load ran/);
});

test('a load that the program does not support fails early, and one with some rejected requests does not', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'kv', seed: 1 });
  const unsupported = cluster.load(setLoad({ clients: 2, for: '10m' }));
  await expect(unsupported).rejects.toThrow(
    /the program supports no request of the set load: .*add/,
  );
  // Even with few requests.
  const few = cluster.load(setLoad({ clients: 1, operations: 2, reads: 0 }));
  await expect(few).rejects.toMatchObject({ code: 'BAD_REQUEST', facts: { types: ['add'] } });
  const history = await cluster.load(
    registerLoad({ clients: 2, operations: 60, reads: 0.4, cas: 0.4 }),
  );
  expect(history.operations.some(({ f, type }) => f === 'cas' && type === 'fail')).toBe(true);
});
