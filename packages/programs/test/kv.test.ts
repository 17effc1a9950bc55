/** The kv program on a node that is no process: handlers are called, and what it sends is gathered. */
import type { Body, Handler, Json, Node } from '@faultline/node';
import { describe, expect, test } from 'vitest';
import kv from '../src/kv/main.ts';

interface Started {
  readonly ask: (body: Body) => Promise<Record<string, unknown>>;
  readonly sent: Body[];
  /** Lets the time of its gossip come. */
  readonly gossip: () => Promise<void>;
  readonly disk: FakeDisk;
}

/** What is synced stays for the next start. */
class FakeDisk {
  synced: Json[] = [];
  isFull = false;
  #appended: Json[] = [];

  read(): Json[] {
    return [...this.synced, ...this.#appended];
  }

  append(_: string, record: Json): void {
    this.#appended.push(record);
  }

  async sync(): Promise<void> {
    if (this.isFull) throw new Error('no space left on device');
    this.synced.push(...this.#appended.splice(0));
  }

  crash(): this {
    this.#appended = [];
    return this;
  }
}

/** As the host's: after what it has given and observed, and never behind the wall. */
function hybridClock(wallMs: () => number): {
  hybrid: () => string;
  observeHybrid: (s: string) => void;
} {
  let [l, c] = [0, 0];
  const take = (otherL: number, otherC: number): void => {
    const next = Math.max(l, otherL, Math.floor(wallMs()));
    c = Math.max(next === l ? c + 1 : 0, next === otherL ? otherC + 1 : 0);
    l = next;
  };
  return {
    hybrid: () => {
      take(0, 0);
      return `${String(l).padStart(15, '0')}.${String(c).padStart(5, '0')}`;
    },
    observeHybrid: (stamp) => {
      const parts = /^(\d{15})\.(\d{5})$/.exec(stamp);
      if (parts === null) throw new RangeError(stamp);
      take(Number(parts[1]), Number(parts[2]));
    },
  };
}

async function start(
  wallMs: () => number,
  { disk = new FakeDisk(), order = 'wall' }: { disk?: FakeDisk; order?: string } = {},
): Promise<Started> {
  const handlers = new Map<string, Handler>();
  const sent: Body[] = [];
  const send = (_: string, body: Body): void => void sent.push(body);
  const timers: (() => void)[] = [];
  await kv({
    id: 'n1',
    peers: ['n2'],
    settings: { order },
    clock: { wall: wallMs, ...hybridClock(wallMs) },
    disk,
    random: { pick: (among: readonly string[]) => among[0] },
    on: (type: string, handler: Handler) => void handlers.set(type, handler),
    every: (_: number, run: () => void) => void timers.push(run),
    broadcast: (body: Body) => send('', body),
    send,
  } as unknown as Node);
  return {
    sent,
    disk,
    gossip: async () => {
      for (const run of timers) run();
      await new Promise(setImmediate);
    },
    ask: async (body) =>
      (await handlers.get(body.type)!(body, { src: 'n2', dest: 'n1', body })) as Record<
        string,
        unknown
      >,
  };
}

const write = (value: Json): Body => ({ type: 'write', key: 'x', value });

test('kv rejects a setting that it does not know', () => {
  const node = { settings: { ordr: 'hybrid' } } as unknown as Node;
  expect(() => kv(node)).toThrow('there is no setting ordr');
});

test('of two writes in the same microsecond the second one wins', async () => {
  const { ask } = await start(() => 1_795_232_244_917.38);
  await ask(write('first'));
  await ask(write('second'));
  expect(await ask({ type: 'read', key: 'x' })).toEqual({ value: 'second' });
});

test('a clock that was set back by a second makes later writes lose', async () => {
  let wallMs = 1_795_232_244_917;
  const { ask } = await start(() => wallMs);
  await ask(write('first'));
  wallMs -= 1000;
  await ask(write('second'));
  expect(await ask({ type: 'read', key: 'x' })).toEqual({ value: 'first' });
});

test.each([
  { type: 'entries', entries: [{}] },
  { type: 'entries', entries: 'all' },
  { type: 'digest', digest: { from: null, to: null, stamps: { x: 1 } } },
  { type: 'digest' },
  { type: 'write', key: { no: 'text' }, value: 1 },
  { type: 'write', key: 'x', value: 'x'.repeat(200_000) },
])('nonsense is answered with an error and changes nothing: %j', async (body) => {
  const { ask } = await start(() => 1000);
  await expect(ask(body as Body)).rejects.toMatchObject({ name: 'RpcError', rpcCode: 12 });
  expect(await ask({ type: 'all' })).toEqual({ entries: [] });
});

const read: Body = { type: 'read', key: 'x' };

describe.each(['wall', 'hybrid'])('with order=%s', (order) => {
  test('an acknowledged write after a restart wins against the writes before it', async () => {
    // The clock stands still, as `clock freeze` makes it.
    const { ask, disk } = await start(() => 5000, { order });
    await ask(write('before'));
    const again = await start(() => 5000, { order, disk: disk.crash() });
    await again.ask(write('after'));
    expect(await again.ask(read)).toEqual({ value: 'after' });
  });

  test('a write that failed on disk is neither read nor spread before it is on disk', async () => {
    const { ask, disk, sent, gossip } = await start(() => 5000, { order });
    await ask(write('kept'));
    sent.length = 0;
    disk.isFull = true;
    await expect(ask(write('refused'))).rejects.toThrow('no space left');
    await gossip();
    await ask({ type: 'digest', digest: { from: null, to: null, stamps: {} } });
    expect(await ask(read)).toEqual({ value: 'kept' });
    expect(JSON.stringify(sent)).toContain('kept');
    expect(JSON.stringify(sent)).not.toContain('refused');
    expect(await ask({ type: 'all' })).toMatchObject({ entries: [{ value: 'kept' }] });

    disk.isFull = false;
    await gossip();
    expect(await ask(read)).toEqual({ value: 'refused' });
    expect(JSON.stringify(disk.synced)).toContain('refused');
  });

  test('an entry that the disk rejects repeatedly is appended once', async () => {
    const sender = await start(() => 5000, { order });
    await sender.ask(write('theirs'));
    const { ask, disk } = await start(() => 5000, { order });
    disk.isFull = true;
    await expect(ask(sender.sent[0]!)).rejects.toThrow('no space left');
    for (let i = 0; i < 5; i++) await ask(sender.sent[0]!);
    expect(disk.read()).toHaveLength(1);
    expect(await ask(read)).toEqual({ value: null });
  });

  test('stamps of the other order on its disk or from a peer are rejected', async () => {
    const other = await start(() => 5000, { order: order === 'wall' ? 'hybrid' : 'wall' });
    await other.ask(write(1));
    const { ask } = await start(() => 5000, { order });
    await expect(ask(other.sent[0]!)).rejects.toMatchObject({ rpcCode: 12 });
    await expect(start(() => 5000, { order, disk: other.disk })).rejects.toThrow(
      /cannot compare: keep the order/,
    );
  });
});

test('with order=hybrid a write after a restart wins, however far back the clock was set', async () => {
  const { ask, disk } = await start(() => 3_600_000, { order: 'hybrid' });
  await ask(write('before'));
  const again = await start(() => 5000, { order: 'hybrid', disk: disk.crash() });
  await again.ask(write('after'));
  expect(await again.ask(read)).toEqual({ value: 'after' });
});

test('with order=hybrid a write wins against an entry that a message without stamps brought', async () => {
  const ahead = await start(() => 3_600_000, { order: 'hybrid' });
  await ahead.ask(write('theirs'));
  const { ask } = await start(() => 5000, { order: 'hybrid' });
  await ask(ahead.sent[0]!);
  await ask(write('ours'));
  expect(await ask(read)).toEqual({ value: 'ours' });
});

test('a write that loses to one that is not on disk yet is not acknowledged before that one', async () => {
  let wallMs = 9000;
  const { ask, disk } = await start(() => wallMs);
  disk.isFull = true;
  await expect(ask(write('newer'))).rejects.toThrow('no space left');
  wallMs = 5000;
  await expect(ask(write('older'))).rejects.toThrow('no space left');
});
