import { trueNowMs } from '@faultline/recording';
import { expect, test } from 'vitest';
import { Network } from './helpers/network.ts';

/** The recording as lines: what changed among the rules, and which messages met what. */
function lines(network: Network): string[] {
  return network.recorded().flatMap((event) => {
    if (event.kind === 'rule') return [`${event.change} ${event.id}`];
    return event.kind === 'fate' ? [`${event.type} ${event.fate} ${event.rules.join(',')}`] : [];
  });
}

test('a rule change is recorded between the messages before and after it', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  const meet = async (type: string): Promise<void> => {
    const before = network.fates().length;
    n1.send('n2', type);
    while (network.fates().length === before) await new Promise((done) => setImmediate(done));
  };
  await meet('before');
  network.rule({ kind: 'cut', links: 'n1>n2' });
  await meet('during');
  network.heal();
  await meet('after');
  await n2.has(2);
  expect(lines(network)).toEqual([
    'before delivered ',
    'added r1',
    'during cut r1',
    'removed r1',
    'after delivered ',
  ]);
});

test('a rule is recorded when it is installed, and again when it expires', async () => {
  await using network = new Network();
  const spec = { kind: 'loss', links: 'n1>n2', settings: { probability: '100%' } };
  const installedAtMs = trueNowMs() - 10;
  const expiresAtMs = trueNowMs() + 30;
  network.switchboard.setRules([{ id: 'r7', spec, installedAtMs, expiresAtMs }]);
  const rules = () => network.recorded().filter(({ kind }) => kind === 'rule');
  while (rules().length < 2) await new Promise((done) => setTimeout(done, 5));
  const [added, expired, ...rest] = rules();
  expect(added).toMatchObject({ change: 'added', id: 'r7', spec, installedAtMs, expiresAtMs });
  expect(expired).toMatchObject({ change: 'expired', id: 'r7' });
  expect(expired).not.toHaveProperty('spec');
  expect(expired!.atMs).toBeGreaterThanOrEqual(expiresAtMs);
  expect(rest).toEqual([]);
});

test('an expired rule is recorded as expired, even if the next list comes first', async () => {
  await using network = new Network();
  const spec = { kind: 'cut', links: 'n1>n2', settings: {} };
  const expiresAtMs = trueNowMs() + 20;
  network.switchboard.setRules([{ id: 'r1', spec, expiresAtMs }]);
  while (trueNowMs() < expiresAtMs);
  network.switchboard.setRules([]);
  expect(lines(network)).toEqual(['added r1', 'expired r1']);
});

test('a rule that expires before its list arrives is neither installed nor recorded', async () => {
  await using network = new Network({ now: () => 300 });
  const spec = { kind: 'cut', links: 'n1>n2', settings: {} };
  network.switchboard.setRules([{ id: 'r1', spec, expiresAtMs: 300 }]);
  network.route('n1', 'n2', 'after');
  expect(lines(network)).toEqual(['after node down ']);
});

test('a message at the end of a rule does not match it, and the end is recorded first', async () => {
  let nowMs = 100;
  await using network = new Network({ now: () => nowMs });
  const spec = { kind: 'cut', links: 'n1>n2', settings: {} };
  network.switchboard.setRules([{ id: 'r1', spec, expiresAtMs: 200 }]);
  for (const atMs of [199.999, 200]) {
    nowMs = atMs;
    network.route('n1', 'n2', `at ${atMs}`);
  }
  network.switchboard.setRules([]);
  expect(lines(network)).toEqual([
    'added r1',
    'at 199.999 cut r1',
    'expired r1',
    'at 200 node down ',
  ]);
  expect(
    network.recorded().find((event) => event.kind === 'rule' && event.change === 'expired'),
  ).toMatchObject({ atMs: 200 });
});

test('requests and replies are recorded with the numbers that pair them', async () => {
  await using network = await Network.open();
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n2>n1', settings: { delay: '1ms' } });
  n1.send('n2', 'ask', { msg_id: 7 });
  n2.send('n1', 'ask_ok', { msg_id: 9, in_reply_to: 7 });
  await Promise.all([n1.has(1), n2.has(1)]);
  const numbers = network
    .fates()
    .filter(({ fate }) => fate === 'delivered')
    .map(({ type, isReply, msgId, inReplyTo }) => ({ type, isReply, msgId, inReplyTo }));
  expect(numbers).toEqual([
    { type: 'ask', isReply: false, msgId: 7 },
    { type: 'ask_ok', isReply: true, msgId: 9, inReplyTo: 7 },
  ]);
});

test('bodies are recorded on request, up to a size', async () => {
  await using network = await Network.open({ traceBodyBytesMax: 30 });
  const [n1, n2] = [await network.join('n1'), await network.join('n2')];
  network.rule({ kind: 'delay', links: 'n1>n2', type: 'late', settings: { delay: '1ms' } });
  for (const type of ['now', 'late']) {
    n1.send('n2', type);
    n1.send('n2', type, { text: 'ü'.repeat(20) });
  }
  await n2.has(4);
  const bodies = network
    .fates()
    .filter(({ fate }) => fate === 'delivered')
    .map(({ body, bodyCut, bodyBytes }) => [body, bodyCut ?? false, bodyBytes]);
  expect(bodies).toEqual([
    ['{"type":"now"}', false, 14],
    ['{"type":"now","text":"üüüü', true, 64],
    ['{"type":"late"}', false, 15],
    ['{"type":"late","text":"üüü', true, 65],
  ]);
});
