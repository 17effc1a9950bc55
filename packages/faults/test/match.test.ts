import { describe, expect, test } from 'vitest';
import { decide } from '../src/index.ts';
import { message, ruleSet, send } from './helpers/messages.ts';
import { binomialBounds } from './helpers/statistics.ts';

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

  test('counts matching messages separately on each link', () => {
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
    const watched = {
      ...message,
      get type() {
        reads++;
        return 'append';
      },
    };
    decide(edge, watched, 0);
    return { needsType: edge.needsType, reads };
  };

  test('is not read unless a rule on the edge matches on it', () => {
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

  test('is needed as long as such a rule is installed', () => {
    const rules = ruleSet(1);
    const edge = rules.edge('n1', 'n2');
    rules.add({ kind: 'cut', links: '*', type: 'append' }, { nowMs: 0 });
    expect(edge.needsType).toBe(true);
    rules.remove('r1');
    expect(edge.needsType).toBe(false);
  });
});

describe('the size of a body', () => {
  test.each([
    ['>1kB', [1001, 5000]],
    ['>=1kB', [1000, 1001, 5000]],
    ['<1kB', [0, 999]],
    ['<=1kB', [0, 999, 1000]],
    ['999B..1kB', [999, 1000]],
    ['..999', [0, 999]],
    [' 1001 .. ', [1001, 5000]],
  ])('%s makes a rule act on bodies of %j bytes', (size, expected) => {
    const edge = ruleSet(1, { kind: 'cut', links: 'n1>n2', size }).edge('n1', 'n2');
    const acted = [0, 999, 1000, 1001, 5000].filter(
      (bodyBytes) => send(edge, 1, { bodyBytes })[0] !== null,
    );
    expect(acted).toEqual(expected);
  });
});

describe('a field of the body', () => {
  const body: Record<string, unknown> = { key: 'x', term: 3, 'entry.op': 'put', isFast: true };
  const field = (path: string) => body[path] as string;

  test.each([
    ['key=x', true],
    ['key="x"', true],
    [' key = x ', true],
    ['key=y', false],
    ['key=', false],
    ['term=3', true],
    ['term=3.0', true],
    ['entry.op=put', true],
    ['isFast=true', true],
    ['nothing=undefined', false],
  ])('%s: %s', (text, expected) => {
    const edge = ruleSet(1, { kind: 'cut', links: 'n1>n2', field: text }).edge('n1', 'n2');
    expect(send(edge, 1, { field })[0] !== null).toBe(expected);
  });

  test('is not read for messages that the rule does not match anyway', () => {
    let reads = 0;
    const counting = () => {
      reads++;
      return 'x';
    };
    const spec = { kind: 'cut', links: 'n1>n2', type: 'put', size: '<1kB', field: 'key=x' };
    const edge = ruleSet(1, spec).edge('n1', 'n2');
    send(edge, 1, { field: counting, type: 'get' });
    send(edge, 1, { field: counting, type: 'put', bodyBytes: 1000 });
    expect(reads).toBe(0);
    send(edge, 1, { field: counting, type: 'put' });
    expect(reads).toBe(1);
  });
});

describe('a probability', () => {
  test('selects a share of the counted messages', () => {
    const spec = { kind: 'cut', links: 'n1>n2', every: 2, probability: '25%' };
    const edge = ruleSet(1, spec).edge('n1', 'n2');
    const cut = send(edge, 20_000).flatMap((verdict, i) => (verdict === null ? [] : [i + 1]));
    const [low, high] = binomialBounds(10_000, 0.25);
    expect(cut.length).toBeGreaterThanOrEqual(low);
    expect(cut.length).toBeLessThanOrEqual(high);
    expect(cut.every((n) => n % 2 === 0)).toBe(true);
  });
});
