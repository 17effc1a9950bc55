import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeFact, TraceEvent } from '@faultline/protocol';
import { TraceReader } from '@faultline/recording';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { RpcError } from '../src/index.ts';
import { bundleFixture } from './helpers/bundle.ts';
import { HostBench } from './helpers/host-bench.ts';
import { NodeProcess } from './helpers/node-process.ts';

describe('what a host records', () => {
  test('is the outcome of each message and the end of each handler', async () => {
    const bench = new HostBench();
    const { host } = bench;
    host.on('ask', () => ({ fine: true }));
    host.on('tell', () => undefined);
    host.on('refuse', () => {
      throw new RpcError(22, 'not now');
    });
    host.on('break', async () => {
      await null;
      throw new TypeError('broken');
    });
    host.ready();
    for (const type of ['ask', 'tell', 'refuse', 'break', 'unknown']) {
      await bench.deliver('n2', { type, msg_id: 1 });
    }
    expect(bench.recorded.map((line) => line.replace(/ @\d+$/, ''))).toEqual([
      'n2 1 handled',
      'n2 1 replied',
      'n2 2 handled',
      'n2 2 nothing',
      'n2 3 handled',
      'n2 3 threw: not now',
      'n2 4 handled',
      'n2 4 threw: broken',
      'n2 5 no handler',
    ]);
  });

  test('a late reply is recorded differently from one that settles a call', async () => {
    const bench = new HostBench();
    const call = bench.host.call('n2', { type: 'ask' });
    const { msg_id } = bench.sent[0]!.body;
    for (let i = 0; i < 2; i++) {
      await bench.deliver('n2', { type: 'ask_ok', in_reply_to: msg_id! });
    }
    await call;
    expect(bench.recorded).toEqual(['n2 1 settled @1', 'n2 2 late reply @2']);
  });

  test('a body that is not JSON is recorded as such', async () => {
    const bench = new HostBench();
    await bench.deliver('n2', { type: 'x' });
    bench.recorded.length = 0;
    bench.deliverGarbage('n2');
    expect(bench.recorded).toEqual(['n2 1 not JSON @2']);
  });

  test('a message with a wrong signature is recorded and reported, and changes no clock', () => {
    const bench = new HostBench();
    bench.host.on('x', () => ({}));
    const stamps = { wallMs: 1, trueMs: 1, lamport: 1000, hybridMs: 9e12, hybridCounter: 0 };
    bench.deliverForged('n2', stamps);
    expect(bench.recorded).toEqual(['n2 1 bad signature @1']);
    expect(bench.forged).toEqual(['n2 x']);
    expect(bench.logged).toEqual([['warn', 'dropped a message with a wrong signature']]);
    expect(bench.sent).toEqual([]);
    expect(bench.host.clock.lamport()).toBe(1);
  });

  test('events of the program, and its role when it changes, are events of its clocks', () => {
    const bench = new HostBench();
    bench.host.event('elected', { term: 3 });
    bench.host.role('leader');
    bench.host.role('leader');
    bench.host.role(null);
    expect(bench.recorded).toEqual([
      'elected {"term":3} @1',
      'role {"role":"leader"} @2',
      'role {"role":null} @3',
    ]);
    expect(bench.roles).toEqual(['leader', 'leader', null]);
  });
});

describe('the files of a process', () => {
  let dir: string;
  let bundle: string;
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'faultline-node-'));
    bundle = await bundleFixture('node-process', dir);
  });
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const bytesMax = 64 * 1024 * 1024;

  async function recordingNode(name: string, traceDir: string): Promise<NodeProcess> {
    const node = new NodeProcess(bundle, name);
    await node.start({ trace: { dir: traceDir, bytesMax }, vector: true, incarnation: 3 });
    await node.until(() => node.reports.some(({ from }) => from === 'ready'));
    return node;
  }

  const folder = (): string => mkdtempSync(join(dir, 'run-'));
  const read = (path: string): NodeFact[] =>
    readdirSync(path).flatMap((file): TraceEvent[] =>
      new TraceReader().read(readFileSync(join(path, file))),
    ) as NodeFact[];
  const brief = (facts: readonly NodeFact[]): string[] =>
    facts.map((fact) => {
      if (fact.kind === 'local') return `${fact.name} ${JSON.stringify(fact.data)}`;
      return `${fact.id} ${fact.kind === 'receive' ? fact.did : fact.outcome}`;
    });

  test('a killed node has recorded everything that had an effect outside', async () => {
    const path = folder();
    await using node = await recordingNode('echo', path);
    for (let i = 0; i < 20; i++) await node.ask('echo', { text: `${i}` });
    node.kill();
    await node.exited;
    expect(readdirSync(path)).toEqual(['trace-n1.3-1.bin']);
    const facts = read(path);
    // The last answer came: so the reception is there, and the end of the handler that sent it.
    expect(brief(facts).filter((line) => line.endsWith('handled'))).toHaveLength(20);
    expect(brief(facts).filter((line) => line.endsWith('replied')).length).toBeGreaterThan(18);
    for (const fact of facts) expect(fact).toMatchObject({ node: 'n1', incarnation: 3 });
    const [first] = facts;
    expect(first).toMatchObject({ kind: 'receive', stamps: { lamport: 1, vector: { 'n1.3': 1 } } });
  });

  test('a reception is recorded before a handler that never returns', async () => {
    const path = folder();
    await using node = await recordingNode('echo', path);
    node.send({ type: 'hang', msg_id: 1 });
    while (!brief(read(path)).includes('c1.1.1 handled')) await sleep(5);
    node.kill();
    await node.exited;
    expect(brief(read(path))).toEqual(['c1.1.1 handled']);
  });

  test('a program that exits or throws is recorded to its end', async () => {
    for (const type of ['exit', 'throw']) {
      const path = folder();
      await using node = await recordingNode('echo', path);
      node.send({ type, msg_id: 1 });
      await node.exited;
      expect(brief(read(path))).toContain(`leaving ${JSON.stringify({ by: type })}`);
    }
  });

  test('a node that cannot record keeps running, and reports it once', async () => {
    const path = join(folder(), 'no-folder');
    writeFileSync(path, '');
    await using node = await recordingNode('echo', path);
    expect(await node.ask('echo', { text: 'x' })).toMatchObject({ text: 'x' });
    expect(node.reports.filter(({ from }) => from === 'traceStopped')).toMatchObject([
      { code: 'DISK_ERROR' },
    ]);
  });

  test('a node without a recording folder records nothing', async () => {
    await using node = new NodeProcess(bundle, 'echo');
    await node.start({ trace: null });
    await node.until(() => node.reports.some(({ from }) => from === 'ready'));
    expect(await node.ask('echo', { text: 'x' })).toMatchObject({ text: 'x' });
  });
});
