import { type Body, bodyBytesMax, FrameWriter, type Json } from '@faultline/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { errorCodes, type Handler, RpcError, UnknownOutcome } from '../src/index.ts';
import { HostBench } from './helpers/host-bench.ts';

/** A host that handles `x` so, and is ready. */
function handling(handler: Handler): HostBench {
  const bench = new HostBench();
  bench.host.on('x', handler);
  bench.host.ready();
  return bench;
}

const request: Body = { type: 'x', msg_id: 7 };

describe('a request', () => {
  test('is answered with what its handler returns, as the type with _ok behind it', async () => {
    const bench = handling(({ n }) => ({ doubled: Number(n) * 2 }));
    expect(await bench.ask({ type: 'x', n: 4 })).toEqual({
      type: 'x_ok',
      doubled: 8,
      in_reply_to: 7,
    });
  });

  test('is answered with what its handler resolves to, later', async () => {
    const bench = new HostBench();
    bench.host.on(
      'x',
      () => new Promise((resolve) => void bench.host.after(50, () => resolve({ n: 1 }))),
    );
    await bench.deliver('n2', request);
    expect(bench.sent).toEqual([]);
    bench.pass(50);
    await bench.deliver('n3', { type: 'y' });
    expect(bench.sent).toEqual([{ dest: 'n2', body: { type: 'x_ok', n: 1, in_reply_to: 7 } }]);
  });

  test('may be answered with a custom type', async () => {
    const bench = handling(() => ({ type: 'other' }));
    expect(await bench.ask(request)).toEqual({ type: 'other', in_reply_to: 7 });
  });

  test('is never answered to another request, whatever the handler returns', async () => {
    const bench = handling(() => ({ in_reply_to: 99 }));
    expect(await bench.ask(request)).toMatchObject({ in_reply_to: 7 });
  });

  test.each([
    ['hello', "'hello'"],
    [[1, 2], '[ 1, 2 ]'],
    [7, '7'],
    [null, 'null'],
    [true, 'true'],
    [new Map([['a', 1]]), "Map(1) { 'a' => 1 }"],
    [() => {}, '[Function (anonymous)]'],
  ])(
    'is answered with error 13 if the handler returns %j, which is not an object',
    async (returned, shown) => {
      const bench = handling((() => returned) as unknown as Handler);
      const text = `the handler of x returned ${shown}: return an object with the fields of the reply, or nothing`;
      expect(await bench.ask(request)).toEqual({ type: 'error', code: 13, text, in_reply_to: 7 });
      expect(bench.logged).toEqual([['error', text]]);
      expect(bench.recorded.at(-1)).toBe(`n2 1 threw: ${text}`);
    },
  );

  test('is answered with the fields of an object of any class', async () => {
    class Total {
      readonly total = 3;
    }
    const bench = handling((() => new Total()) as unknown as Handler);
    expect(await bench.ask(request)).toEqual({ type: 'x_ok', total: 3, in_reply_to: 7 });
  });

  test('is not answered if the handler returns nothing', async () => {
    const bench = handling(() => {});
    await bench.deliver('n2', request);
    expect(bench.sent).toEqual([]);
  });

  test('reaches the handler with its source and destination', async () => {
    const bench = handling((body, { src, dest }) => ({ seen: [body.type, src, dest] }));
    expect(await bench.ask(request, 'c1')).toMatchObject({ seen: ['x', 'c1', 'n1'] });
  });

  test('of an unknown type is rejected as not supported', async () => {
    const bench = handling(() => {});
    expect(await bench.ask({ type: 'y' })).toEqual({
      type: 'error',
      code: errorCodes.notSupported,
      text: 'n1 does not handle y',
      in_reply_to: 7,
    });
  });

  test('that comes before the program has started is rejected as temporarily unavailable', async () => {
    const bench = new HostBench();
    bench.host.on('early', () => ({}));
    expect(await bench.ask({ type: 'x' })).toMatchObject({
      code: errorCodes.temporarilyUnavailable,
      text: 'n1 is starting and does not handle x yet',
    });
    expect(await bench.ask({ type: 'early' })).toMatchObject({ type: 'early_ok' });
  });

  test('that was rejected during the start is not handled when a copy arrives later', async () => {
    const bench = new HostBench();
    const handled: unknown[] = [];
    await bench.deliver('c1', request, { seq: 1 });
    expect(bench.sent).toMatchObject([{ body: { code: errorCodes.temporarilyUnavailable } }]);
    bench.host.on('x', ({ n }) => void handled.push(n));
    bench.host.ready();
    await bench.deliver('c1', { ...request, n: 'copy' }, { seq: 1 });
    expect([handled, bench.sent.length]).toEqual([[], 1]);
    await bench.deliver('c1', { ...request, n: 'another' }, { seq: 2 });
    expect(handled).toEqual(['another']);
  });

  test('that reaches a node that starts again has an unknown outcome', async () => {
    const bench = new HostBench({ incarnation: 2 });
    expect(await bench.ask({ type: 'x' })).toMatchObject({
      code: errorCodes.crash,
      text: 'n1 is starting and does not handle x yet: an earlier copy of it may have taken effect',
    });
  });

  test('cannot be handled twice', () => {
    const bench = handling(() => {});
    const twice = expect.objectContaining({ code: 'PROGRAM_INVALID' });
    expect(() => bench.host.on('x', () => {})).toThrow(twice);
  });
});

describe('a message that expects no answer', () => {
  test('gets none, whatever its handler returns or throws', async () => {
    for (const handler of [
      () => ({ n: 1 }),
      () => {
        throw new RpcError(22, 'no');
      },
      () => {
        throw new Error('a bug');
      },
    ]) {
      const bench = handling(handler);
      await bench.deliver('n2', { type: 'x' });
      await bench.deliver('n2', { type: 'unknown' });
      expect(bench.sent).toEqual([]);
    }
  });

  test('without a handler is logged as a warning', async () => {
    const bench = handling(() => {});
    await bench.deliver('n2', { type: 'unknown' });
    expect(bench.logged).toEqual([['warn', 'n1 does not handle unknown']]);
  });
});

describe('a handler that throws', () => {
  test('an RpcError answers with its code and text, and with nothing in the log', async () => {
    const bench = handling(() => {
      throw new RpcError(errorCodes.preconditionFailed, 'expected 1, had 2');
    });
    expect(await bench.ask(request)).toEqual({
      type: 'error',
      code: 22,
      text: 'expected 1, had 2',
      in_reply_to: 7,
    });
    expect(bench.logged).toEqual([]);
  });

  test('any other error answers with a crash, is logged, and the node survives', async () => {
    const thrown: [thrown: unknown, said: string][] = [
      [new TypeError('a bug'), 'a bug'],
      ['a text', "'a text'"],
      [null, 'null'],
      [undefined, 'undefined'],
      [Symbol('s'), 'Symbol(s)'],
      [Object.create(null), '[Object: null prototype] {}'],
    ];
    for (const [value, said] of thrown) {
      for (const isLate of [false, true]) {
        const bench = handling(({ fine }) => {
          if (fine === true) return { n: 1 };
          if (isLate) return Promise.reject(value);
          throw value;
        });
        expect(await bench.ask(request)).toEqual({
          type: 'error',
          code: errorCodes.crash,
          text: `the handler of x threw: ${said}`,
          in_reply_to: 7,
        });
        expect(bench.logged).toEqual([['error', 'the handler of x threw']]);
        expect(await bench.ask({ type: 'x', fine: true })).toMatchObject({ n: 1 });
      }
    }
  });

  test('sends a text of limited length', async () => {
    const bench = handling(() => {
      throw new Error('x'.repeat(bodyBytesMax));
    });
    expect(String((await bench.ask(request)).text).length).toBeLessThanOrEqual(1000);
  });

  test('or returns an answer that cannot be sent, answers with a crash', async () => {
    const bench = handling(() => ({ n: 1 }));
    bench.refuse = ({ type }) => {
      if (type === 'x_ok') throw new RangeError('too large');
    };
    expect(await bench.ask(request)).toMatchObject({
      code: errorCodes.crash,
      text: 'the handler of x threw: too large',
    });
  });
});

describe('a call', () => {
  test('resolves to its own answer, and to no other', async () => {
    const bench = new HostBench();
    const answers = ['a', 'b', 'c'].map((key) => bench.host.call('n2', { type: 'x', key }));
    const ids = bench.sent.map(({ body }) => body.msg_id!);
    expect(new Set(ids).size).toBe(3);
    for (const [i, id] of [...ids.entries()].reverse()) {
      await bench.deliver('n2', { type: 'x_ok', i, in_reply_to: id });
    }
    expect((await Promise.all(answers)).map(({ i }) => i)).toEqual([0, 1, 2]);
    expect(bench.timersWaiting).toBe(0);
  });

  test('sends the body as it is, with a number', () => {
    const bench = new HostBench();
    void bench.host.call('n2', { type: 'x', n: 1 });
    expect(bench.sent).toEqual([{ dest: 'n2', body: { type: 'x', n: 1, msg_id: 1 } }]);
  });

  test('rejects with the error of the other side', async () => {
    const bench = new HostBench();
    const outcome = bench.host.call('n2', request).then(String, (error: RpcError) => error);
    const { msg_id } = bench.sent[0]!.body;
    await bench.deliver('n2', {
      type: 'error',
      code: 20,
      text: 'no such key',
      in_reply_to: msg_id!,
    });
    const error = (await outcome) as RpcError;
    expect(error).toBeInstanceOf(RpcError);
    expect([error.rpcCode, error.message, error.isDefinite]).toEqual([20, 'no such key', true]);
  });

  test('rejects with an error whose stack has the line of the call', async () => {
    const bench = new HostBench();
    const askTwice = (): Promise<Error>[] =>
      [1, 2].map(() => bench.host.call('n2', request).then(String, (error) => error));
    const [refused, late] = askTwice();
    const { msg_id } = bench.sent[0]!.body;
    await bench.deliver('n2', { type: 'error', code: 20, text: 'no', in_reply_to: msg_id! });
    bench.pass(1000);
    expect((await refused)!.stack).toMatch(/^RpcError: no\n(.*\n)+? .*askTwice/);
    expect((await late)!.stack).toMatch(/^UnknownOutcome: n2 did not .*\n(.*\n)+? .*askTwice/);
  });

  test('survives an error whose text is not a string', async () => {
    const bench = new HostBench();
    const outcome = bench.host.call('n2', request).then(String, (error: RpcError) => error);
    const { msg_id } = bench.sent[0]!.body;
    const text = { toString: 1, valueOf: 1 };
    await bench.deliver('n2', { type: 'error', code: 20, text, in_reply_to: msg_id! });
    expect(((await outcome) as RpcError).message).toBe('{ toString: 1, valueOf: 1 }');
  });

  test('rejects with an error of unknown effect if the other side sends no code', async () => {
    const bench = new HostBench();
    const outcome = bench.host.call('n2', request).then(String, (error: RpcError) => error);
    const { msg_id } = bench.sent[0]!.body;
    await bench.deliver('n2', { type: 'error', in_reply_to: msg_id! });
    const error = (await outcome) as RpcError;
    expect([error.rpcCode, error.isDefinite]).toEqual([errorCodes.crash, false]);
    expect(error.message).toBe('an error without a text');
  });

  test('without an answer rejects with an unknown outcome that says what is unknown', async () => {
    const bench = new HostBench();
    const calls = [
      bench.host.call('n2', { type: 'write' }),
      bench.host.call('n3', { type: 'write' }, { timeoutMs: 250 }),
    ];
    const outcomes = calls.map((call) => call.then(String, (error: unknown) => error));
    bench.pass(250);
    bench.pass(749);
    expect(bench.timersWaiting).toBe(1);
    bench.pass(1);
    const [long, short] = (await Promise.all(outcomes)) as [UnknownOutcome, UnknownOutcome];
    expect(long).toBeInstanceOf(UnknownOutcome);
    expect(long).toMatchObject({ name: 'UnknownOutcome', code: 'CALL_UNKNOWN', isDefinite: false });
    expect(long.message).toBe(
      'n2 did not answer write within 1000 ms: it may or may not have taken effect',
    );
    expect(short.facts).toEqual({ dest: 'n3', type: 'write', timeoutMs: 250 });
  });

  test('ignores answers that are late, repeated or unrequested', async () => {
    const bench = new HostBench();
    const first = bench.host.call('n2', request, { timeoutMs: 10 }).catch((error) => error.code);
    bench.pass(10);
    expect(await first).toBe('CALL_UNKNOWN');
    const second = bench.host.call('n2', request);
    const [late, now] = bench.sent.map(({ body }) => body.msg_id!);
    await bench.deliver('n2', { type: 'x_ok', n: 'late', in_reply_to: late! });
    await bench.deliver('n2', { type: 'x_ok', n: 'unasked', in_reply_to: 12_345 });
    await bench.deliver('n2', { type: 'x_ok', n: 'now', in_reply_to: now! });
    await bench.deliver('n2', { type: 'x_ok', n: 'twice', in_reply_to: now! });
    expect(await second).toMatchObject({ n: 'now' });
    expect([bench.sent.length, bench.logged]).toEqual([2, []]);
  });

  test('is not answered by a held message for an earlier incarnation', async () => {
    const ids = [1, 2, 3].map((incarnation) => {
      const bench = new HostBench({ incarnation });
      for (let i = 0; i < 100; i++) bench.host.call('n2', request).catch(() => {});
      return bench.sent.map(({ body }) => body.msg_id!);
    });
    expect(new Set(ids.flat()).size).toBe(300);
    expect(ids.flat().every(Number.isSafeInteger)).toBe(true);
  });

  test('that cannot be sent rejects, and leaves nothing behind', async () => {
    const bench = new HostBench();
    bench.refuse = () => {
      throw new RangeError('too large');
    };
    await expect(bench.host.call('n2', request)).rejects.toThrow('too large');
    expect(bench.timersWaiting).toBe(0);
  });
});

describe('members', () => {
  test('are all nodes, and peers all others', () => {
    const { host } = new HostBench({ id: 'n2' });
    expect([host.members, host.peers]).toEqual([
      ['n1', 'n2', 'n3'],
      ['n1', 'n3'],
    ]);
  });

  test('that join and leave are reported, and count from then on', () => {
    const bench = new HostBench();
    const seen: (readonly string[])[] = [];
    const peersThen: (readonly string[])[] = [];
    bench.host.onMembership((members) => seen.push(members));
    bench.host.onMembership(() => peersThen.push(bench.host.peers));
    void bench.host.setMembers(['n1', 'n2', 'n4']);
    expect(seen).toEqual([['n1', 'n2', 'n4']]);
    expect(peersThen).toEqual([['n2', 'n4']]);
    bench.host.broadcast({ type: 'hello' });
    expect(bench.sent.map(({ dest }) => dest)).toEqual(['n2', 'n4']);
    void bench.host.setMembers(['n1', 'n2', 'n4']);
    expect(seen).toHaveLength(1);
  });

  test('without itself: the node continues until the program has handed over its state', async () => {
    const bench = new HostBench();
    let handOver = (): void => {};
    bench.host.onMembership(
      () =>
        new Promise<void>((resolve) => {
          handOver = resolve;
        }),
    );
    let mayGo = false;
    const going = bench.host.setMembers(['n2', 'n3']).then(() => {
      mayGo = true;
    });
    await Promise.resolve();
    expect(mayGo).toBe(false);
    expect(bench.host.peers).toEqual(['n2', 'n3']);
    handOver();
    await going;
  });
});

describe('the logical clocks', () => {
  test('of a receiver are past those of the sender', async () => {
    const count = fc.integer({ min: 0, max: 1e9 });
    await fc.assert(
      fc.asyncProperty(count, count, async (lamport, n2) => {
        const bench = new HostBench();
        const vector = { size: 1, idAt: () => 'n2', countAt: () => n2 };
        const hybridMs = 1e12 + lamport;
        await bench.deliver(
          'n2',
          { type: 'x' },
          { stamps: { wallMs: 0, trueMs: 0, lamport, hybridMs, hybridCounter: 3, vector } },
        );
        const { clock } = bench.host;
        expect(clock.lamport()).toBe(lamport + 1);
        expect(clock.vector()).toMatchObject({ n1: 1, n2 });
        expect(clock.hybrid() > `${String(hybridMs).padStart(15, '0')}.00003`).toBe(true);
      }),
    );
  });

  test('count an event of the program', () => {
    const bench = new HostBench();
    const before = bench.host.clock.hybrid();
    bench.host.event('elected', { term: 3 });
    bench.host.event('stepped down');
    expect(bench.events).toEqual([
      ['elected', { term: 3 }],
      ['stepped down', {}],
    ]);
    expect(bench.host.clock.lamport()).toBe(2);
    expect(bench.host.clock.hybrid() > before).toBe(true);
  });
});

describe('timers of a program', () => {
  test('run once or repeatedly, until they are cancelled', () => {
    const bench = new HostBench();
    const ran: string[] = [];
    bench.host.after(10, () => ran.push('once'));
    bench.host.after(10, () => ran.push('never')).cancel();
    const every = bench.host.every(4, () => ran.push('again'));
    bench.pass(12);
    every.cancel();
    bench.pass(100);
    expect(ran).toEqual(['again', 'again', 'once', 'again']);
    expect(bench.timersWaiting).toBe(0);
  });
});

test('an unreadable body is logged as a warning, and the messages behind it are handled', async () => {
  const bench = handling(() => ({ n: 1 }));
  const writer = new FrameWriter();
  writer.append('n2', 'n1', { type: 'x', text: 'broken' }, 1, 1);
  writer.append('n2', 'n1', request, 1, 2);
  const frame = writer.take();
  frame[frame.indexOf('"broken"')] = 0;
  bench.deliverFrame(frame);
  await bench.deliver('n2', { type: 'x' });
  expect(bench.sent).toHaveLength(1);
  expect(bench.logged).toEqual([['warn', 'dropped a message that is not JSON']]);
});

test('a role is reported unchanged', () => {
  const bench = new HostBench();
  bench.host.role('leader');
  bench.host.role(null);
  expect(bench.roles).toEqual(['leader', null]);
});

test('a node knows its settings, its incarnation and its own random numbers', () => {
  const { host } = new HostBench({ incarnation: 4 });
  expect([host.settings, host.incarnation]).toEqual([{ key: 'value' }, 4]);
  expect(host.random.next()).not.toBe(new HostBench({ incarnation: 5 }).host.random.next());
});

describe('the vector clock', () => {
  const recordedEvents = (bench: HostBench): number =>
    bench.recorded.filter((line) => !line.includes('handled')).length;

  test('counts no event whose data cannot be recorded', () => {
    const bench = new HostBench();
    let deep = {};
    for (let level = 0; level < 100_000; level++) deep = { deep };
    expect(() => bench.host.event('deep', deep)).toThrow(RangeError);
    const round: Record<string, Json> = {};
    round.round = round;
    expect(() => bench.host.event('round', round)).toThrow(TypeError);
    expect(bench.host.clock.vector()).toEqual({ n1: 0 });
  });

  test('counts exactly the recorded events, wherever a stack overflows', () => {
    for (let offset = 0; offset < 50; offset++) {
      const bench = new HostBench();
      const forever = (left: number): void => {
        if (left === 0) {
          bench.host.event('called');
          bench.host.role('leader');
        }
        forever(left === 0 ? 7 : left - 1);
      };
      expect(() => forever(offset)).toThrow(RangeError);
      expect(recordedEvents(bench)).toBeGreaterThan(0);
      expect(bench.host.clock.vector()).toEqual({ n1: recordedEvents(bench) });
    }
  });
});
