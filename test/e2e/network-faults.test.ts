/** Network faults on real processes: what a program and a caller see. */
import { describe, expect, test } from 'vitest';
import { TestCluster, until } from '../helpers/cluster.ts';

const ledger = [
  '--program',
  'test/fixtures/programs/ledger.ts',
  '--nodes',
  '3',
  '--seed',
  'faults',
];

type Fields = Record<string, unknown>;

const call = async (cluster: TestCluster, node: string, type: string, fields: Fields = {}) =>
  (await cluster.client.call(node, { type, ...fields })).body as Fields;

/** The result of a request from n1 to n2. */
const ask = (cluster: TestCluster, type: string, fields: Fields = {}) =>
  call(cluster, 'n1', 'ask', { to: 'n2', request: { type, ...fields } });

const rule = async (cluster: TestCluster, spec: Fields): Promise<string> =>
  (await cluster.client.addRules([spec])).added[0]!.id;

const balance = async (cluster: TestCluster, node: string) => {
  const { balance, by } = await call(cluster, node, 'balance');
  return { balance, by };
};

test('a lost reply leaves the outcome unknown to the caller, and the request done', async () => {
  await using cluster = await TestCluster.up(ledger);
  const id = await rule(cluster, {
    kind: 'loss',
    links: 'n1>c1',
    replies: true,
    first: 1,
    settings: { probability: 1 },
  });
  const lost = cluster.client.call('n1', { type: 'add', amount: 5 }, { timeout: '300ms' });
  await expect(lost).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
    message: 'n1 did not answer add within 300 ms: it may or may not have taken effect',
  });
  expect(await balance(cluster, 'n1')).toEqual({ balance: 5, by: 'c1' });
  const [fate] = await cluster.client.trace({ fate: 'lost' });
  expect(fate).toMatchObject({ src: 'n1', dest: 'c1', type: 'add_ok', rules: [id] });
});

test('a cut that refuses reports to programs and callers, definitely, that nothing happened', async () => {
  await using cluster = await TestCluster.up(ledger);
  const id = await rule(cluster, {
    kind: 'cut',
    links: 'n1>n2; c1>n3',
    settings: { refuse: true },
  });
  expect(await ask(cluster, 'add', { amount: 5 })).toMatchObject({
    code: 11,
    text: `n2 was not sent add: the link n1>n2 is cut (rule ${id})`,
  });
  await expect(cluster.client.call('n3', { type: 'add', amount: 5 })).rejects.toMatchObject({
    code: 'CALL_REFUSED',
    message: `n3 was not sent add: the link c1>n3 is cut (rule ${id}): it took no effect`,
    facts: { isDefinite: true },
  });
  await cluster.client.removeRules(id);
  expect(await balance(cluster, 'n2')).toEqual({ balance: 0, by: null });
  expect(await balance(cluster, 'n3')).toEqual({ balance: 0, by: null });
});

test('a reset connection leaves the outcome unknown to programs and callers, whether the request was done or not', async () => {
  await using cluster = await TestCluster.up(ledger);
  const text = (peer: string, id: string) =>
    `connection reset by peer: ${peer} may or may not have done it (rule ${id})`;
  const before = await rule(cluster, { kind: 'reset', links: 'n1>n2; c1>n3' });
  expect(await ask(cluster, 'add', { amount: 5 })).toMatchObject({
    code: 13,
    text: text('n2', before),
  });
  await expect(cluster.client.call('n3', { type: 'add', amount: 5 })).rejects.toMatchObject({
    code: 'CALL_UNKNOWN',
    message: expect.stringContaining(text('n3', before)),
  });
  await cluster.client.removeRules(before);
  expect(await balance(cluster, 'n2')).toEqual({ balance: 0, by: null });
  expect(await balance(cluster, 'n3')).toEqual({ balance: 0, by: null });
  // The reply breaks: the request took effect, and the caller gets an error at once instead of timing out.
  const after = await rule(cluster, {
    kind: 'reset',
    links: 'n2>n1; n3>c1',
    replies: true,
    first: 1,
  });
  expect(await ask(cluster, 'add', { amount: 7 })).toMatchObject({
    code: 13,
    text: text('n2', after),
  });
  await expect(
    cluster.client.call('n3', { type: 'add', amount: 7 }, { timeout: '60s' }),
  ).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  await cluster.client.removeRules(after);
  expect(await balance(cluster, 'n2')).toEqual({ balance: 7, by: 'n1' });
  expect(await balance(cluster, 'n3')).toEqual({ balance: 7, by: 'c1' });
});

describe('a corrupted message', () => {
  test('with flipped bits arrives malformed, and costs node and caller only the message', async () => {
    await using cluster = await TestCluster.up(ledger);
    const settings = { probability: 1, bits: 14 };
    await rule(cluster, { kind: 'corrupt', links: 'n1>n2', first: 20, settings });
    for (let i = 0; i < 20; i++)
      await call(cluster, 'n1', 'pour', { to: 'n2', count: 1, size: 50 });
    await until(
      async () => (await cluster.run('logs', 'n2')).stdout.includes('not JSON'),
      'n2 has said that something was not JSON',
    );
    await rule(cluster, { kind: 'corrupt', links: 'n3>c1', first: 1, settings });
    const answer = cluster.client.call('n3', { type: 'balance' }, { timeout: '300ms' });
    await expect(answer).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
    expect(await balance(cluster, 'n3')).toEqual({ balance: 0, by: null });
    // It continues where it was.
    expect(await ask(cluster, 'add', { amount: 5 })).toMatchObject({ answer: { balance: 5 } });
    const { nodes } = await cluster.client.status();
    expect(nodes.map(({ state, incarnation }) => [state, incarnation])).toEqual(
      Array(3).fill(['ready', 1]),
    );
    const delivered = await cluster.client.trace({ src: 'n1', dest: 'n2', type: 'drop' });
    expect(delivered).toHaveLength(20);
    expect(delivered.every(({ altered }) => altered)).toBe(true);
  });

  test('with a changed field arrives well-formed, and the program accepts it', async () => {
    await using cluster = await TestCluster.up(ledger);
    const settings = { probability: 1, as: 'field' };
    await rule(cluster, { kind: 'corrupt', links: 'n1>n2', type: 'add', settings });
    const { answer } = await ask(cluster, 'add', { amount: 100 });
    const { balance } = answer as Fields;
    expect(balance).not.toBe(100);
    expect(Number.isFinite(balance)).toBe(true);
    expect((await call(cluster, 'n2', 'balance')).balance).toBe(balance);
  });
});

describe.each([
  ['a link that tampers', { kind: 'tamper', settings: { field: 'amount', value: 1e6 } }, 'n1', 1e6],
  ['a link that forges its source', { kind: 'impersonate', settings: { as: 'n3' } }, 'n3', 5],
])('%s', (_, lie, believed, balanceAfter) => {
  const spec = { ...lie, links: 'n1>n2', type: 'add' };

  test('is accepted without signatures', async () => {
    await using cluster = await TestCluster.up(ledger);
    await rule(cluster, spec);
    await ask(cluster, 'add', { amount: 5 });
    expect(await balance(cluster, 'n2')).toEqual({ balance: balanceAfter, by: believed });
  });

  test('is detected with signatures, reported, and costs the message', async () => {
    await using cluster = await TestCluster.up([...ledger, '--sign']);
    const id = await rule(cluster, spec);
    expect(await ask(cluster, 'add', { amount: 5 })).toMatchObject({ unknown: true });
    const { node, facts } = await cluster.event('message.forged');
    expect({ node, facts }).toEqual({ node: 'n2', facts: { src: believed, type: 'add' } });
    expect((await cluster.run('logs', 'n2')).stdout).toContain('wrong signature');
    expect(await balance(cluster, 'n2')).toEqual({ balance: 0, by: null });
    await cluster.client.removeRules(id);
    expect(await ask(cluster, 'add', { amount: 5 })).toMatchObject({ answer: { balance: 5 } });
  });
});

test('in a cluster that signs, a client detects an answer that was tampered with', async () => {
  await using cluster = await TestCluster.up([...ledger, '--sign']);
  await cluster.run('add');
  const settings = { field: 'balance', value: 7 };
  await rule(cluster, { kind: 'tamper', links: 'n4>c1', first: 1, settings });
  const answer = cluster.client.call('n4', { type: 'balance' }, { timeout: '300ms' });
  await expect(answer).rejects.toMatchObject({ code: 'CALL_UNKNOWN' });
  const { facts } = await cluster.event('message.forged');
  expect(facts).toEqual({ client: 'c1', src: 'n4', type: 'balance_ok' });
  // The node that came later signs and checks like the others.
  expect(await balance(cluster, 'n4')).toEqual({ balance: 0, by: null });
  const later = await call(cluster, 'n1', 'ask', { to: 'n4', request: { type: 'add', amount: 1 } });
  expect(later).toMatchObject({ answer: { balance: 1 } });
});

test('a cluster of foreign programs is refused --sign', async () => {
  const started = TestCluster.up(['--sign', '--', 'node', 'test/fixtures/nodes/hello.mjs']);
  await expect(started).rejects.toThrow(/cannot sign its messages: start it without --sign/);
});

test('a rate passes its number of bytes each second, and drops what its queue cannot hold', async () => {
  await using cluster = await TestCluster.up(ledger);
  const bytesPerSecond = 20_000;
  const id = await rule(cluster, {
    kind: 'rate',
    links: 'n1>n2',
    type: 'drop',
    settings: { rate: '20kB/s', limit: '4kB' },
  });
  await call(cluster, 'n1', 'pour', { to: 'n2', count: 100, size: 100 });
  const fates = async (fate: string) => cluster.client.trace({ type: 'drop', fate });
  await until(
    async () => (await fates('delivered')).length + (await fates('overflow')).length === 100,
    'all have come to an end',
  );
  const [delivered, overflowed] = [await fates('delivered'), await fates('overflow')];
  const bytes = delivered.reduce((sum, { bodyBytes }) => sum + bodyBytes, 0);
  const tookMs = delivered.at(-1)!.atMs - delivered[0]!.arrivedMs;
  expect((bytes / tookMs) * 1000).toBeLessThanOrEqual(bytesPerSecond);
  // Only messages that came before the queue was full.
  expect(bytes).toBeLessThan(4000 + (tookMs / 1000) * bytesPerSecond);
  expect(overflowed.length).toBeGreaterThan(50);
  expect(overflowed[0]!).toMatchObject({ rules: [id] });
  const { received } = await call(cluster, 'n2', 'drops');
  expect(received).toEqual([...(received as number[])].sort((a, b) => a - b));
  const [report] = (await cluster.client.stats()).rules;
  expect(report).toMatchObject({ rule: id, hit: 100, copies: { overflowed: overflowed.length } });
});

test('a cut of new conversations keeps established ones flowing until a node restarts', async () => {
  await using cluster = await TestCluster.up(ledger);
  expect(await ask(cluster, 'add', { amount: 1 })).toMatchObject({ answer: { balance: 1 } });
  await rule(cluster, {
    kind: 'cut',
    links: '*',
    settings: { established: true, refuse: true },
  });
  expect(await ask(cluster, 'add', { amount: 1 })).toMatchObject({ answer: { balance: 2 } });
  const stranger = await call(cluster, 'n1', 'ask', { to: 'n3', request: { type: 'balance' } });
  expect(stranger.text).toContain('the link n1>n3 is cut for new conversations');
  await cluster.run('restart', 'n2');
  expect((await ask(cluster, 'balance')).text).toContain('the link n1>n2 is cut');
});

test('the cost of traffic is summed by link', async () => {
  await using cluster = await TestCluster.up(ledger);
  await rule(cluster, {
    kind: 'cost',
    links: '*',
    settings: { perMessage: 0.5, perMegabyte: 1e6 },
  });
  await ask(cluster, 'add', { amount: 1 });
  const [report] = (await cluster.client.stats()).rules;
  const edges = new Map(report!.edges.map(({ edge, sums }) => [edge, sums]));
  expect([...edges.keys()].sort()).toEqual(['n1>n2', 'n2>n1']);
  for (const { messages, bytes, cost } of edges.values()) {
    expect(messages).toBe(1);
    expect(cost).toBe(0.5 + bytes!);
  }
});
