import { describe, expect, test } from 'vitest';
import { decide } from '../src/index.ts';
import { message, ruleSet, send } from './helpers/messages.ts';

/** Which of the messages 1 … n are cut. */
function cutOf(spec: object, n: number): number[] {
  const edge = ruleSet(1, { kind: 'cut', links: 'n1>n2', ...spec }).edge('n1', 'n2');
  return send(edge, n).flatMap((verdict, i) => (verdict === null ? [] : [i + 1]));
}

describe('a rule acts on', () => {
  test.each([
    [{}, [1, 2, 3, 4, 5, 6, 7, 8]],
    [{ first: 3 }, [1, 2, 3]],
    [{ after: 5 }, [6, 7, 8]],
    [{ every: 3 }, [3, 6]],
    [{ after: 2, first: 2 }, [3, 4]],
    [{ after: 2, every: 2 }, [4, 6, 8]],
    [{ after: 1, every: 3, first: 1 }, [4]],
    [{ every: 2, first: 2 }, [2, 4]],
    [{ after: 0 }, [1, 2, 3, 4, 5, 6, 7, 8]],
  ])('%j: %j of 8', (counts, expected) => {
    expect(cutOf(counts, 8)).toEqual(expected);
  });

  test.each([
    ['append', 'append', true],
    ['append', 'append_ok', false],
    ['append*', 'append_ok', true],
    ['append*', 'append', true],
    ['append*', 'appen', false],
    ['*', 'anything', true],
    ['Append', 'append', false],
  ])('type %s: on %s %s', (type, given, expected) => {
    const edge = ruleSet(1, { kind: 'cut', links: 'n1>n2', type }).edge('n1', 'n2');
    expect(send(edge, 1, { type: given })[0] !== null).toBe(expected);
  });

  test.each([
    [true, [false, true]],
    [false, [true, false]],
    [undefined, [true, true]],
  ])('replies %s: on requests and replies %j', (replies, expected) => {
    const edge = ruleSet(1, { kind: 'cut', links: 'n1>n2', replies }).edge('n1', 'n2');
    const met = [false, true].map((isReply) => send(edge, 1, { isReply })[0] !== null);
    expect(met).toEqual(expected);
  });

  test('counts are of matching messages, on each link by itself', () => {
    const rules = ruleSet(1, { kind: 'cut', links: '*', type: 'vote', first: 1 });
    const there = rules.edge('n1', 'n2');
    const back = rules.edge('n2', 'n1');
    expect(send(there, 2, { type: 'append' })).toEqual([null, null]);
    expect(send(there, 2, { type: 'vote' }).map((verdict) => verdict !== null)).toEqual([
      true,
      false,
    ]);
    expect(send(back, 2, { type: 'vote' }).map((verdict) => verdict !== null)).toEqual([
      true,
      false,
    ]);
  });
});

describe('the type of a message', () => {
  const asked = (...specs: object[]) => {
    const edge = ruleSet(1, ...specs).edge('n1', 'n2');
    let reads = 0;
    decide(edge, {
      ...message,
      get type() {
        reads++;
        return 'append';
      },
    });
    return { needsType: edge.needsType, reads };
  };

  test('is not looked at unless a rule on the edge asks for it', () => {
    expect(asked()).toEqual({ needsType: false, reads: 0 });
    expect(asked({ kind: 'cut', links: 'n1>n2' })).toEqual({ needsType: false, reads: 0 });
    expect(asked({ kind: 'cut', links: 'n1>n3', type: 'append' })).toEqual({
      needsType: false,
      reads: 0,
    });
    expect(asked({ kind: 'cut', links: 'n1>n2', type: 'append' })).toEqual({
      needsType: true,
      reads: 1,
    });
  });

  test('is asked for as long as such a rule is there', () => {
    const rules = ruleSet(1);
    const edge = rules.edge('n1', 'n2');
    rules.add({ kind: 'cut', links: '*', type: 'append' }, { nowMs: 0 });
    expect(edge.needsType).toBe(true);
    rules.remove('r1');
    expect(edge.needsType).toBe(false);
  });
});
