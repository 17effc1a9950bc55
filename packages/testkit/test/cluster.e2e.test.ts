/** A cluster in a test: real processes, faults that end with their block, and waits for events. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { register, registerLoad, startCluster } from '../src/index.ts';
import '../src/expect/vitest.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

test('a started cluster is ready, and no process of it is left after the block', async () => {
  let pids: number[] = [];
  let dir = '';
  {
    await using cluster = await startCluster({ nodes: 3, program: 'kv', seed: 42 });
    expect(cluster.nodes.map(({ id, state }) => `${id} ${state}`)).toEqual([
      'n1 ready',
      'n2 ready',
      'n3 ready',
    ]);
    pids = cluster.nodes.map(({ pid }) => pid!);
    dir = cluster.runDir;
    expect(existsSync(dir)).toBe(true);
    await cluster.call('n1', { type: 'write', key: 'x', value: 7 });
    const { body } = await cluster.node('n1').call({ type: 'read', key: 'x' });
    expect(body.value).toBe(7);
  }
  expect(pids.filter(isAlive)).toEqual([]);
});

test('a partition lasts until the end of its block, with `using` and with `await using`', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'kv', seed: 1 });
  const rules = async () => (await cluster.rules()).map(({ explains }) => explains);
  {
    await using cut = await cluster.partition(['n1'], ['n2', 'n3']);
    expect(await rules()).toEqual([cut.what]);
    await cluster.call('n1', { type: 'write', key: 'x', value: 1 });
    await cluster.event('node.ready');
    await cluster.until(async () => {
      const [lost] = await cluster.trace({ src: 'n1', dest: 'n2', fate: 'cut' });
      return lost;
    });
  }
  expect(await rules()).toEqual([]);
  {
    using _ = await cluster.partition('n1 | n2,n3');
    expect(await rules()).toHaveLength(1);
  }
  // `using` cannot wait for the undo, so the next operation does.
  expect(await rules()).toEqual([]);
});

test('faults of processes, clocks and links end with their block', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'kv', seed: 1 });
  {
    await using paused = await cluster.node('random:1').pause();
    const [id] = paused.nodes;
    expect((await cluster.node(id!).status()).state).toBe('paused');
    await using _clock = await cluster.node('n2').clock.jump('+5s');
    expect((await cluster.node('n2').status()).clock.describes).toBe('+5s');
    await using _link = await cluster.link('n1>n3').lose({ replies: true, first: 1 });
    await using _disk = await cluster.node('n3').disk.fail('10%');
    const [rule] = await cluster.rules();
    expect(rule!.spec).toMatchObject({ kind: 'loss', replies: true, first: 1 });
  }
  expect(cluster.nodes.map(({ state }) => state)).toEqual(['ready', 'ready', 'ready']);
  expect(cluster.nodes.map(({ clock }) => clock.describes)).toEqual(Array(3).fill('perfect'));
  expect(cluster.nodes.flatMap(({ faults }) => faults)).toEqual([]);
  expect(await cluster.rules()).toEqual([]);
});

test('a node that was killed in a block is started again after it, as a new incarnation', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'kv', seed: 1 });
  await cluster.call('n2', { type: 'write', key: 'x', value: 'kept' });
  {
    await using _ = await cluster.node('n2').kill();
    await expect(
      cluster.call('n2', { type: 'read', key: 'x' }, { timeout: '50ms' }),
    ).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  }
  const { state, incarnation } = await cluster.node('n2').status();
  expect([state, incarnation]).toEqual(['ready', 2]);
  const { body } = await cluster.call('n2', { type: 'read', key: 'x' });
  expect(body.value).toBe('kept');
});

test('a wait that times out reports the events that came, or the last failed attempt', async () => {
  await using cluster = await startCluster({ nodes: 1, program: 'echo', seed: 1 });
  await expect(cluster.event('node.paused', () => true, { within: '20ms' })).rejects.toThrow(
    /timed out after 20ms waiting for the event node.paused; other events: .*node.ready/,
  );
  await expect(
    cluster.until(() => expect(1).toBe(2), { within: '20ms', what: 'a wonder' }),
  ).rejects.toThrow(/waiting for a wonder; the last attempt failed: expected 1 to be 2/);
});

test('a reset removes rules and added nodes, empties disks and corrects clocks', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'kv', seed: 1 });
  await cluster.call('n1', { type: 'write', key: 'x', value: 1 });
  await cluster.node('n1').clock.jump('-1h');
  await cluster.node('n2').pause();
  await cluster.node('n1').disk.full();
  await cluster.link('*').delay('10ms');
  await cluster.add();
  await cluster.reset();
  expect(cluster.nodes.map(({ id, state, clock }) => `${id} ${state} ${clock.describes}`)).toEqual([
    'n1 ready perfect',
    'n2 ready perfect',
  ]);
  expect(await cluster.rules()).toEqual([]);
  const { body } = await cluster.call('n1', { type: 'read', key: 'x' });
  expect(body.value).toBe(null);
});

test('a reset after an initial node was removed is rejected, and changes nothing', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'kv', seed: 1 });
  await cluster.remove('n1');
  await expect(cluster.reset()).rejects.toMatchObject({
    code: 'BAD_REQUEST',
    message: 'n1 was removed, and a removed node cannot come back: start a new cluster',
  });
  expect(cluster.nodes.map(({ id, state, incarnation }) => [id, state, incarnation])).toEqual([
    ['n2', 'ready', 1],
    ['n3', 'ready', 1],
  ]);
});

test('an added node is removed at the end of its block, and a removed name is not used again', async () => {
  await using cluster = await startCluster({ nodes: 3, program: 'raft', seed: 1 });
  const names = () => cluster.nodes.map(({ id }) => id).join();
  const voters = (expected: string) =>
    cluster.until(async () => {
      const { body } = await cluster.call('leader', { type: 'status' });
      return String(body.voters) === expected;
    });
  {
    await using added = await cluster.add('n7');
    expect(added.nodes).toEqual(['n7']);
    expect(names()).toBe('n1,n2,n3,n7');
    await voters('n1,n2,n3,n7');
  }
  expect(names()).toBe('n1,n2,n3');
  const [first] = (await cluster.add()).nodes;
  await voters(`n1,n2,n3,${first}`);
  await cluster.node('n2').remove();
  await voters(`n1,n3,${first}`);
  await expect(cluster.add('n2')).rejects.toThrow(/choose a name that was not used before/);
});

test('a program may be a function, which does not see the variables around it', async () => {
  await using cluster = await startCluster({
    nodes: 2,
    seed: 1,
    program(node, { RpcError }) {
      let count = 0;
      node.on('count', ({ by }) => {
        if (typeof by !== 'number') throw new RpcError(12, 'by: expected a number');
        count += by;
        return { count };
      });
    },
  });
  await cluster.call('n1', { type: 'count', by: 2 });
  const { body } = await cluster.call('n1', { type: 'count', by: 3 });
  expect(body.count).toBe(5);
  await expect(cluster.call('n2', { type: 'count' })).rejects.toThrow(/expected a number/);

  const around = 1;
  const start = startCluster({ nodes: 1, program: (node) => node.on('x', () => ({ around })) });
  await using second = await start;
  await expect(second.call('n1', { type: 'x' })).rejects.toThrow(/around is not defined/);
});

test('the error for a program that does not start has its output', async () => {
  const start = startCluster({
    nodes: 1,
    program() {
      throw new Error('no port left for me');
    },
  });
  await expect(start).rejects.toThrow(/n1 is crashed \(.*no port left for me/);
});

test('the error for nodes that do not start for the same reason names them together', async () => {
  const start = startCluster({
    nodes: 3,
    program(node) {
      if (node.id !== 'n2') throw new Error('no port left for me');
    },
  });
  await expect(start).rejects.toThrow(
    /^n1, n3 are crashed \([^;]*no port left for me[^;]*\); n1 printed/,
  );
});

test('the error for a missing file has its full path and how to name a file next to the test', async () => {
  await expect(startCluster({ program: './store.ts' })).rejects.toThrow(
    `there is no file ${resolve('store.ts')}: ./store.ts is relative to ${resolve('.')}; for a file next to the test, pass new URL('./store.ts', import.meta.url)`,
  );
  const url = new URL('./store.ts', import.meta.url);
  await expect(startCluster({ program: url })).rejects.toThrow(/^there is no file \S+store\.ts$/);
  await expect(startCluster({ program: 'stoer' })).rejects.toThrow(
    /^no ready program is called stoer/,
  );
});

test.each([0, -1, 1.5, Number.NaN, 501])('a cluster of %d nodes is rejected', async (nodes) => {
  await expect(startCluster({ program: 'kv', nodes })).rejects.toThrow(
    `nodes: expected 1 to 500, got ${nodes}`,
  );
});

test('two clusters with the same program, name and seed share no data', async () => {
  const options = { nodes: 2, program: 'kv', seed: 7 } as const;
  const [a, b] = await Promise.all([startCluster(options), startCluster(options)]);
  await using _a = a!;
  await using _b = b!;
  await a!.call('n1', { type: 'write', key: 'x', value: 'a' });
  const { body } = await b!.call('n1', { type: 'read', key: 'x' });
  expect(body.value).toBe(null);
});

test('`why` explains that a message was lost', async () => {
  await using cluster = await startCluster({ nodes: 2, program: 'kv', seed: 1 });
  await cluster.link('n1>n2').lose({ type: 'entries' });
  await cluster.call('n1', { type: 'write', key: 'x', value: 1 });
  const lost = await cluster.until(async () => (await cluster.trace({ fate: 'lost' }))[0]);
  expect(await cluster.why(lost.id)).toMatch(/lost/);
});

test('an invalid load is rejected with a one-line error', () => {
  expect(() => registerLoad({ clients: 3 })).toThrow(/expected the length of the load/);
  for (const clients of [0, 999]) {
    expect(() => registerLoad({ clients, operations: 1 })).toThrow(
      /clients: expected a number from 1 to 998/,
    );
  }
  registerLoad({ clients: 998, operations: 1 });
  expect(() => registerLoad({ operations: 1, keys: 0 })).toThrow(/keys: expected/);
  expect(register.name).toBe('register');
});
