import type { Fate, TraceEvent } from '@faultline/protocol';
import { describe, expect, test } from 'vitest';
import { LossFinder } from '../src/losses.ts';

/** An event in short: `n1.1.5 waiting`, `n1.1 joins at 5`, `n1.1 leaves`, or `router begins`. */
function event(line: string, atMs: number): TraceEvent {
  const [who = '', verb = ''] = line.split(' ');
  if (line === 'router begins') return { kind: 'start', atMs };
  const [name = '', incarnation = '1', seq = '0', copy = '0'] = who.split(/[./]/);
  if (verb === 'joins' || verb === 'leaves') {
    const used = Number(line.split(' ')[3] ?? 0);
    return {
      kind: 'link',
      up: verb === 'joins',
      name,
      incarnation: Number(incarnation),
      seq: used,
      atMs,
    };
  }
  return {
    kind: 'fate',
    id: `${name}.${incarnation}.${seq}`,
    src: name,
    dest: 'n2',
    type: 'x',
    isReply: false,
    incarnation: Number(incarnation),
    seq: Number(seq),
    copy: Number(copy),
    fate: line.slice(who.length + 1) as Fate,
    rules: [],
    ordinal: 0,
    bodyBytes: 0,
    arrivedMs: atMs,
    atMs,
  };
}

/** What follows from the lines, in short, with the number of the line that it follows from. */
function findIn(lines: readonly string[], finder = new LossFinder()): string[] {
  return lines.flatMap((line, index) =>
    finder
      .next(event(line, index))
      .map(({ id, copy, fate, atMs }) => `${atMs}: ${id}${copy > 0 ? `/${copy}` : ''} ${fate}`),
  );
}

describe('a router that starts', () => {
  test('lost what its predecessor had waiting or held, and nothing that was finished', () => {
    expect(
      findIn([
        'router begins',
        'n1.1 joins at 0',
        'n1.1.1 delivered',
        'n1.1.2 waiting',
        'n1.1.3 held',
        'n1.1.4 waiting',
        'n1.1.4 delivered',
        'n1.1.5 held',
        'n1.1.5 cut',
        'router begins',
      ]),
    ).toEqual(['9: n1.1.2 router down', '9: n1.1.3 router down']);
  });

  test('lost each copy separately', () => {
    expect(
      findIn(['n1.1.1/0 waiting', 'n1.1.1/1 waiting', 'n1.1.1/0 delivered', 'router begins']),
    ).toEqual(['3: n1.1.1/1 router down']);
  });

  test('lost each copy only once', () => {
    expect(findIn(['n1.1.1 held', 'router begins', 'router begins'])).toHaveLength(1);
  });

  test('keeps everything known of the message but its fate and its time', () => {
    const finder = new LossFinder();
    const held = event('n1.1.1 held', 3);
    finder.next(held);
    expect(finder.next(event('router begins', 9))).toEqual([
      { ...held, fate: 'router down', atMs: 9 },
    ]);
  });
});

describe('a sender that joins', () => {
  test('lost the messages that it had sent after the last recorded one', () => {
    expect(
      findIn([
        'n1.1 joins at 0',
        'n1.1.1 delivered',
        'n1.1.2 lost',
        'n1.1 leaves',
        'router begins',
        'n1.1 joins at 4',
        'n1.1.5 delivered',
      ]),
    ).toEqual(['5: n1.1.3 router down', '5: n1.1.4 router down']);
  });

  test('lost nothing if all its messages were recorded, nor when it joins for the first time', () => {
    expect(
      findIn(['n1.1 joins at 0', 'n1.1.1 delivered', 'n1.1 leaves', 'n1.1 joins at 1']),
    ).toEqual([]);
  });

  test('lost what it sent to a router that was killed before it wrote anything', () => {
    expect(findIn(['router begins', 'n1.1 joins at 2'])).toEqual([
      '1: n1.1.1 router down',
      '1: n1.1.2 router down',
    ]);
  });

  test('counts from 1 in each incarnation', () => {
    expect(
      findIn(['n1.1 joins at 0', 'n1.1.1 delivered', 'n1.2 joins at 0', 'n1.2.1 delivered']),
    ).toEqual([]);
  });

  test('does not lose a message twice', () => {
    expect(findIn(['n1.1 joins at 0', 'n1.1 joins at 1', 'n1.1 joins at 1'])).toHaveLength(1);
  });

  test('has only the latest messages of a long gap reported, so that a forged number costs nothing', () => {
    const lost = findIn(['n1.1 joins at 0', 'n1.1 joins at 281474976710655']);
    expect(lost).toHaveLength(10_000);
    expect(lost.at(-1)).toBe('1: n1.1.281474976710655 router down');
  });

  test('loses nothing of a beginning that was discarded', () => {
    const finder = new LossFinder({ isWhole: false });
    expect(findIn(['n1.1 joins at 70', 'n1.1.71 delivered', 'n1.1 joins at 72'], finder)).toEqual([
      '2: n1.1.72 router down',
    ]);
    expect(findIn(['n2.1.70 delivered'], new LossFinder())).toEqual([]);
  });
});

describe('missing numbers', () => {
  test('before the first message after a join were sent while the connection was being made', () => {
    expect(findIn(['n1.1 joins at 0', 'n1.1.3 delivered'])).toEqual([
      '1: n1.1.1 router down',
      '1: n1.1.2 router down',
    ]);
  });

  test('later in a connection did not fit into the buffer of their sender', () => {
    expect(findIn(['n1.1 joins at 0', 'n1.1.1 delivered', 'n1.1.4 waiting'])).toEqual([
      '2: n1.1.2 overflow',
      '2: n1.1.3 overflow',
    ]);
  });

  test('are not reported when fates come later than those of younger messages', () => {
    expect(
      findIn([
        'n1.1 joins at 0',
        'n1.1.1 waiting',
        'n1.1.2 delivered',
        'n1.1.1 delivered',
        'n1.1.3 delivered',
      ]),
    ).toEqual([]);
  });
});
