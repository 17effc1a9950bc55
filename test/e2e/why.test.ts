/** What a real recording answers: why a message met its fate, and which clocks lied about the order. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cluster as command, TestCluster, until } from '../helpers/cluster.ts';

let cluster: TestCluster;

beforeAll(async () => {
  cluster = await TestCluster.up(['--nodes', '3', '--program', 'kv', '--seed', 'why']);
});

afterAll(async () => {
  await cluster[Symbol.asyncDispose]();
});

async function text(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await cluster.run(...args);
  expect({ code, stderr }, args.join(' ')).toEqual({ code: 0, stderr: '' });
  return stdout;
}

test('a lost message: which rule, what it drew, below what', async () => {
  const [rule] = (
    await cluster.client.addRules([
      { kind: 'loss', links: 'n1>n2', settings: { probability: '50%' } },
    ])
  ).added;
  const [lost] = await until(async () => {
    const fates = await cluster.client.trace({ src: 'n1', dest: 'n2', fate: 'lost' });
    return fates.length > 0 ? fates : undefined;
  }, 'a message is lost');
  const told = await text('why', lost!.id);
  expect(told).toMatch(new RegExp(`^${lost!.id}: n1 sent .* to n2 at .* by its own clock`));
  expect(told).toContain(`as message ${lost!.ordinal} on n1>n2`);
  expect(told).toMatch(/Draws follow from the seed why, the rule, n1>n2 and \d+:/);
  const [, draw] = new RegExp(`${rule!.id} .*drew ([0-9.e-]+), below 0\\.5: lost`).exec(told)!;
  expect(Number(draw)).toBeLessThan(0.5);
  expect(told).toContain(`It was lost, by ${rule!.id}.`);
  expect(told).not.toMatch(/In doubt|believe the fate/);

  const [data] = (await text('why', lost!.id, '--json'))
    .split('\n')
    .map((line) => line && JSON.parse(line));
  expect(data).toMatchObject({
    id: lost!.id,
    rules: { agrees: true, doubts: [], looks: [{ rule: rule!.id, draws: [{ below: 0.5 }] }] },
    copies: [{ fate: 'lost', rules: [rule!.id], reception: null }],
  });
  await cluster.client.heal();
});

test('a delivered call: request, reception, reply', async () => {
  const { message } = await cluster.client.call('n3', { type: 'write', key: 'x', value: 1 });
  const told = await text('why', message);
  expect(told).toMatch(/^c1\.\d+\.\d+: c1 sent the request write to n3 at /);
  expect(told).toMatch(/n3 received it at .* by its own clock.* Its handler replied after /);
  const [, reply] = /The reply: (n3\.1\.\d+) \(write_ok\), .* delivered/.exec(told)!;
  expect(await text('why', reply!)).toMatch(
    new RegExp(`^${reply}: n3 sent the reply write_ok to c1 .*, while it was handling ${message}`),
  );
});

test('an unknown message is one line that says what ids look like', async () => {
  const { code, stderr } = await cluster.run('why', 'tomorrow');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error NOT_FOUND: "tomorrow" is no message's id: .* n1\.1 sent 1 to \d+.*\n$/,
  );
});

test('a clock an hour ahead lies about pairs, and the logical clocks keep their promises', async () => {
  await cluster.client.clock('n2', { jump: '+1h' });
  const since = (await cluster.client.trace({ src: 'n2', limit: 1 }))[0]!.seq;
  await until(async () => {
    const fates = await cluster.client.trace({ src: 'n2', fate: 'delivered' });
    return fates.some(({ seq }) => seq > since + 1);
  }, 'n2 has sent with its new clock');
  const report = await until(async () => {
    const [line] = (await text('order', '--json')).split('\n');
    const found = JSON.parse(line!) as {
      messages: { lies: number; worst: { byMs: number; first: object } };
      acrossNodes: { lies: number };
      lamport: { checked: number };
    };
    return found.messages.lies > 0 ? found : undefined;
  }, 'a message of n2 has arrived before it was sent');
  expect(report.acrossNodes.lies).toBeGreaterThan(0);
  expect(report.messages.worst).toMatchObject({ first: { node: 'n2', did: 'send' } });
  expect(report.messages.worst.byMs / 3_600_000).toBeCloseTo(1, 1);
  expect(report.lamport.checked).toBeGreaterThan(10);
  expect(report).toMatchObject({
    lamport: { broken: 0 },
    hybrid: { broken: 0, behind: 0 },
    vector: { isWhole: true, broken: 0 },
  });
  expect(await text('order')).toMatch(/Lamport +kept its promise on all [\d,]+ links/);
});

test('a run that is over is asked by its name, or as the latest', async () => {
  await using other = await TestCluster.up(['--nodes', '1', '--program', 'echo'], { name: 'over' });
  const { message } = await other.client.call('n1', { type: 'echo' });
  const run = other.status.runDir;
  await other.down();
  for (const args of [[], ['--run', run], ['--run', run.split('/').at(-1)!]]) {
    const { stdout } = await command(other.home, 'why', message, '--name', 'over', ...args);
    expect(stdout).toContain(`${message}: c1 sent the request echo to n1`);
  }
  const { stderr } = await command(
    other.home,
    'why',
    message,
    '--name',
    'over',
    '--run',
    'nowhere',
  );
  expect(stderr).toMatch(/^error NOT_FOUND: no recording of the cluster over is called nowhere, /);
});
