/** `why` and `order` on a real recording: the fates of messages, and clocks that order events wrongly. */
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

test('why explains a lost message with the rule, its draw and the threshold', async () => {
  const [rule] = (
    await cluster.client.addRules([
      { kind: 'loss', links: 'n1>n2', settings: { probability: '50%' } },
    ])
  ).added;
  const [lost] = await until(async () => {
    const fates = await cluster.client.trace({ src: 'n1', dest: 'n2', fate: 'lost' });
    return fates.length > 0 ? fates : undefined;
  }, 'a message is lost');
  const output = await text('why', lost!.id);
  expect(output).toMatch(new RegExp(`^${lost!.id}: n1 sent .* to n2 at .* by its own clock`));
  expect(output).toContain(`as message ${lost!.ordinal} on n1>n2`);
  expect(output).toMatch(/Draws follow from the seed why, the rule, n1>n2 and \d+:/);
  const [, draw] = new RegExp(`${rule!.id} .*drew ([0-9.e-]+), below 0\\.5: lost`).exec(output)!;
  expect(Number(draw)).toBeLessThan(0.5);
  expect(output).toContain(`It was lost, by ${rule!.id}.`);
  expect(output).not.toMatch(/In doubt|trust the fate/);

  const [data] = (await text('why', lost!.id, '--json'))
    .split('\n')
    .map((line) => line && JSON.parse(line));
  expect(data).toMatchObject({
    id: lost!.id,
    rules: {
      agrees: true,
      doubts: [],
      explanations: [{ rule: rule!.id, draws: [{ below: 0.5 }] }],
    },
    copies: [{ fate: 'lost', rules: [rule!.id], reception: null }],
  });
  await cluster.client.heal();
});

test('why explains a delivered call with its request, reception and reply', async () => {
  const { message } = await cluster.client.call('n3', { type: 'write', key: 'x', value: 1 });
  const output = await text('why', message);
  expect(output).toMatch(/^c1\.\d+\.\d+: c1 sent the request write to n3 at /);
  expect(output).toMatch(/n3 received it at .* by its own clock.* Its handler replied after /);
  const [, reply] = /The reply: (n3\.1\.\d+) \(write_ok\), .* delivered/.exec(output)!;
  expect(await text('why', reply!)).toMatch(
    new RegExp(`^${reply}: n3 sent the reply write_ok to c1 .*, while it was handling ${message}`),
  );
});

test('why answers an unknown message with one line that shows the form of ids', async () => {
  const { code, stderr } = await cluster.run('why', 'tomorrow');
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^error NOT_FOUND: "tomorrow" is not a message id: .* n1\.1 sent 1 to \d+.*\n$/,
  );
});

test('order reports the lies of a clock an hour ahead, and that the logical clocks keep their promises', async () => {
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

test('trace exports a run in every format of other tools', async () => {
  const { message } = await cluster.client.call('n1', { type: 'write', key: 'x', value: 2 });
  const [parser, delimiter, ...log] = (await text('trace', '--format', 'shiviz')).split('\n');
  expect([parser, delimiter]).toEqual([expect.stringContaining('(?<clock>{.*})'), '']);
  expect(log.join('\n')).toMatch(/^n1 sends \w+ to n\d \(n1\.1\.1\).*\nn1 \{"n1": 1\}\n/m);

  const perfetto = JSON.parse(await text('trace', '--format', 'perfetto')) as {
    traceEvents: { ph: string; name: string }[];
  };
  const phases = new Set(perfetto.traceEvents.map(({ ph }) => ph));
  for (const ph of ['M', 'X', 's', 'f', 'b', 'e', 'i', 'C']) expect(phases).toContain(ph);

  const otlp = await text('trace', '--format', 'otlp', '--message', message);
  expect((JSON.parse(otlp) as { resourceSpans: unknown[] }).resourceSpans).toHaveLength(2);

  const jepsen = await text('trace', '--format', 'jepsen');
  expect(jepsen).toMatch(
    /^\{:index 0, :type :invoke, :process 0, .*:f :write, :value \{:key "x", /,
  );
  expect(JSON.parse(await text('trace', '--format', 'jepsen-json'))).toHaveLength(
    jepsen.trimEnd().split('\n').length,
  );

  expect(await text('trace', '--format', 'mermaid', '--src', 'c1', '--limit', '1')).toBe(
    `sequenceDiagram\n  participant m_c1 as c1\n  participant m_n1 as n1\n  m_c1->>m_n1: write ${message}\n`,
  );
  const { code, stderr } = await cluster.run('trace', '--format', 'otlp', '-f');
  expect([code, stderr]).toEqual([1, expect.stringMatching(/omit --follow\n$/)]);
});

test('why explains a finished run by name, or the latest by default', async () => {
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
