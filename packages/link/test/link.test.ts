import { bodyBytesMax, FaultlineError, FrameWriter } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { RouterStub, TestLink, turn, upTo } from './router-stub.ts';

function frameOf(...numbers: readonly number[]): Buffer {
  const writer = new FrameWriter();
  for (const seq of numbers) writer.append('n2', 'n1', { type: 'x' }, 1, seq);
  return writer.take();
}

describe('sending', () => {
  test('messages sent in one turn of the event loop leave as one frame', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    test.send(300);
    await turn();
    test.send(1);
    await turn();
    test.send(200);
    await router.until(() => router.received.length === 501);
    expect(router.frames).toEqual([upTo(300), [301], upTo(501, 302)]);
  });

  test('many messages of one turn leave in several small frames, in order', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    test.send(100, 10_000);
    await router.until(() => router.received.length === 100);
    expect(router.received).toEqual(upTo(100));
    expect(router.frames.length).toBeGreaterThan(10);
    expect(Math.max(...router.frames.map((frame) => frame.length))).toBeLessThan(10);
  });

  test('an invalid message is rejected, uses no number and affects no other message', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    test.send(1);
    expect(() => test.send(1, bodyBytesMax)).toThrow(FaultlineError);
    expect(() => test.link.send('', { type: 'x' })).toThrow(FaultlineError);
    test.send(1);
    await router.until(() => router.received.length === 2);
    expect(router.frames).toEqual([[1, 2]]);
    expect(test.link.seq).toBe(2);
  });

  test('closing sends pending messages, and is final', async () => {
    await using router = await RouterStub.open();
    const test = await TestLink.up(router);
    test.send(3);
    test.link.close();
    test.send(2);
    await router.until(() => router.received.length === 3 && router.socket.readyState === 3);
    expect(test.link.isUp).toBe(false);
    expect(test.unsent).toEqual([
      { seq: 4, reason: 'router down' },
      { seq: 5, reason: 'router down' },
    ]);
    // Another link comes and goes, so that the end of this one has been seen as well.
    using other = await TestLink.up(router);
    await router.close();
    await other.until(() => other.downs.length === 1);
    expect([router.joins.length, test.downs]).toEqual([2, []]);
    await router.listen();
  });
});

describe('a router that goes away', () => {
  test('is joined again within a second of its return, and learns how much was sent', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    test.send(2);
    await router.until(() => router.received.length === 2);
    await router.close();
    await test.until(() => test.downs.length === 1);
    test.send(3);
    await router.listen();
    const backMs = performance.now();
    await test.until(() => test.link.isUp);
    expect(performance.now() - backMs).toBeLessThan(1000);
    test.send(1);
    await router.until(() => router.received.length === 3);
    expect(router.received).toEqual([1, 2, 6]);
    expect(router.joins.map((join) => join.get('seq'))).toEqual(['0', '5']);
    expect(router.joins.map((join) => join.get('format'))).toEqual(['binary', 'binary']);
  });

  test('leaves no message unreported: messages sent meanwhile are reported once and in order', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    await router.close();
    await test.until(() => test.downs.length === 1);
    test.send(500);
    expect(test.unsent).toEqual(upTo(500).map((seq) => ({ seq, reason: 'router down' })));
    await router.listen();
    await test.until(() => test.link.isUp);
    test.send(500);
    await router.until(() => router.received.length === 500);
    expect(router.received).toEqual(upTo(1000, 501));
    expect(test.unsentNumbers).toEqual(upTo(500));
  });

  test('loses messages of a turn in the middle of which the connection breaks', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    test.send(3);
    test.link.redirect(router.url);
    // The socket is closing and its end has not come yet.
    test.send(2);
    expect(test.unsentNumbers).toEqual(upTo(5));
    await router.until(() => router.joins.length === 2);
    await test.until(() => test.link.isUp);
    expect(router.joins[1]!.get('seq')).toBe('5');
    test.send(1);
    await router.until(() => router.received.length > 0);
    expect([router.received, test.unsentNumbers]).toEqual([[6], upTo(5)]);
  });

  test('that closes politely leaves no gap either', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    router.socket.close(4001, 'no longer a member');
    // Sends in every turn, so that some fall between the router's farewell and the socket's end.
    while (test.downs.length === 0) {
      test.send(1);
      await turn();
    }
    expect(test.downs).toEqual(['no longer a member']);
    await router.until(() => router.joins.length === 2);
    const accounted = [...router.received, ...test.unsentNumbers].sort((a, b) => a - b);
    expect(accounted).toEqual(upTo(test.link.seq));
  });

  test('at another address is found there after a redirection', async () => {
    await using first = await RouterStub.open();
    await using second = await RouterStub.open();
    using test = await TestLink.up(first);
    test.link.redirect(second.url);
    await second.until(() => second.joins.length === 1);
    await test.until(() => test.link.isUp);
    test.send(1);
    await second.until(() => second.received.length === 1);
    expect(first.received).toEqual([]);
  });

  test('while the connection is being made is redirected as well', async () => {
    await using first = await RouterStub.open();
    await using second = await RouterStub.open();
    using test = new TestLink(first.url);
    test.link.redirect(second.url);
    await test.until(() => test.link.isUp);
    expect([first.joins.length, second.joins.length]).toEqual([0, 1]);
  });

  test('is not contacted any more once the link is closed', async () => {
    await using router = await RouterStub.open();
    const test = await TestLink.up(router);
    await router.close();
    await test.until(() => test.downs.length === 1);
    test.link.close();
    await router.listen();
    using other = await TestLink.up(router);
    // The other one waits for longer than this one would have, before it joins again.
    await router.close();
    await other.until(() => other.downs.length === 1);
    await router.listen();
    await router.until(() => router.joins.length === 3);
    await other.until(() => other.link.isUp);
    expect(router.joins.length).toBe(3);
  });
});

describe('a router that does not read', () => {
  test('fills a bounded buffer; messages that do not fit are reported, and the rest arrives', async () => {
    await using router = await RouterStub.open();
    const bufferBytesMax = 1024 * 1024;
    const messageBytes = 50_000;
    using test = await TestLink.up(router, { bufferBytesMax });
    router.socket.pause();
    // More than any socket of the operating system holds.
    const count = 2000;
    for (let i = 0; i < count; i++) {
      test.send(1, messageBytes);
      if (i % 10 === 0) await turn();
    }
    const { unsent } = test;
    expect(new Set(unsent.map(({ reason }) => reason))).toEqual(new Set(['overflow']));
    // What was accepted lies in the buffer or with the operating system, which has a few megabytes.
    expect((count - unsent.length) * messageBytes).toBeLessThan(bufferBytesMax + 24e6);
    router.socket.resume();
    await router.until(() => router.received.length === count - unsent.length);
    const accounted = [...router.received, ...test.unsentNumbers].sort((a, b) => a - b);
    expect(accounted).toEqual(upTo(count));
    expect(router.received).toEqual([...router.received].sort((a, b) => a - b));
    expect(test.unsentNumbers).toEqual([...test.unsentNumbers].sort((a, b) => a - b));
  });

  test('is sent to again as soon as there is room', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router, { bufferBytesMax: 100_000 });
    test.send(400, 50_000);
    expect(test.unsent.length).toBeGreaterThan(0);
    await router.until(() => router.received.length === 400 - test.unsent.length);
    // The router has read all; this end learns of it in one of the next turns.
    do {
      await turn();
      test.send(1);
    } while (test.unsentNumbers.at(-1) === test.link.seq);
    await router.until(() => router.received.at(-1) === test.link.seq);
  });
});

describe('receiving', () => {
  test('delivers each message of a frame, in order', async () => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    router.socket.send(frameOf(...upTo(100)));
    await test.until(() => test.received.length === 100);
    expect(test.received).toEqual(upTo(100));
  });

  test.each([
    ['bytes that are no frame', Buffer.from('garbage')],
    ['a torn frame', frameOf(1, 2).subarray(0, -1)],
    ['a text', 'text'],
    ['nothing', Buffer.alloc(0)],
  ])('%s make the link join again, and do no other harm', async (_, data) => {
    await using router = await RouterStub.open();
    using test = await TestLink.up(router);
    router.socket.send(data);
    await router.until(() => router.joins.length === 2);
    await test.until(() => test.link.isUp);
    expect(test.downs).toHaveLength(1);
    router.socket.send(frameOf(7));
    await test.until(() => test.received.at(-1) === 7);
    test.send(1);
    await router.until(() => router.received.length === 1);
  });

  test('a message with a malformed body is skipped alone', async () => {
    await using router = await RouterStub.open();
    const received: number[] = [];
    using test = await TestLink.up(router, {
      onMessage: (reader) => {
        received.push(reader.seq);
        if (reader.seq === 2) throw new FaultlineError('BAD_FRAME', 'no JSON');
        test.happened();
      },
    });
    router.socket.send(frameOf(1, 2, 3));
    await test.until(() => received.length === 3);
    expect(test.link.isUp).toBe(true);
  });
});
