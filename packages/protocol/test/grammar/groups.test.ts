import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseGroups, resolveGroups } from '../../src/grammar/index.ts';
import { cluster } from './cluster.ts';
import { expectRefusal, refusal } from './helpers.ts';

const resolve = (text: string, overrides = {}) =>
  resolveGroups(parseGroups(text), cluster(overrides).context)
    .map((group) => group.join(','))
    .join(' | ');

describe('the groups of a partition', () => {
  test.each([
    ['n1,n2 | n3,n4,n5', 'n1,n2 | n3,n4,n5'],
    ['n5,n1|n2', 'n1,n5 | n2'],
    ['n1-n2 | rest', 'n1,n2 | n3,n4,n5'],
    ['rest | n1', 'n2,n3,n4,n5 | n1'],
    ['n1 | n2 | rest', 'n1 | n2 | n3,n4,n5'],
    ['leader | rest', 'n2 | n1,n3,n4,n5'],
    ['minority | majority', 'n1,n2 | n3,n4,n5'],
    ['majority | minority', 'n3,n4,n5 | n1,n2'],
    ['majority | rest', 'n3,n4,n5 | n1,n2'],
    ['n1,n1 | n2', 'n1 | n2'],
    ['n1,c1 | rest', 'n1,c1 | n2,n3,n4,n5'],
    ['clients | all', 'c1,c2 | n1,n2,n3,n4,n5'],
    ['n4 | random:2', 'n4 | n3,n5'],
    ['random:2 | n5,n4', 'n2,n3 | n4,n5'],
    ['random:2 | random:2', 'n4,n5 | n2,n3'],
    ['random:2 | random:2 | rest', 'n4,n5 | n2,n3 | n1'],
  ])('%s are %s', (text, groups) => {
    expect(resolve(text)).toBe(groups);
  });

  test('minority and majority are the two sides of every draw', () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 12 }), fc.infiniteStream(fc.nat()), (n, stream) => {
        const nodes = Array.from({ length: n }, (_, i) => `n${i + 1}`);
        const pick = (count: number, among: readonly string[]) => {
          const left = [...among];
          return Array.from(
            { length: count },
            () => left.splice(stream.next().value % left.length, 1)[0]!,
          );
        };
        const [minority = [], majority = []] = resolveGroups(parseGroups('minority | majority'), {
          ...cluster().context,
          nodes,
          pick,
        });
        expect([...minority, ...majority].sort()).toEqual([...nodes].sort());
        expect(majority.length).toBe(Math.floor(n / 2) + 1);
      }),
    );
  });

  test.each([
    ['n1', 'expected | and another group at the end of "n1": as in n1,n2 | rest'],
    ['rest', 'expected | and another group at the end of "rest": as in n1,n2 | rest'],
    ['rest | rest', 'expected rest only once at character 8 of "rest | rest"'],
    [
      'rest, n1 | n2',
      'expected | or the end after rest at character 5 of "rest, n1 | n2": rest must be a whole side',
    ],
    ['n1 | n2 > n3', 'expected a comma, | or the end at character 9 of "n1 | n2 > n3"'],
    ['n1 n2 | n3', 'expected a comma, | or the end at character 4 of "n1 n2 | n3"'],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseGroups(text), 'BAD_SELECTOR', message);
  });

  test.each([
    [
      'n1,n2 | n2,n3',
      'expected every node on one side only at character 9 of "n1,n2 | n2,n3": n2 is in group 1 as well',
    ],
    [
      'leader | n2',
      'expected every node on one side only at character 10 of "leader | n2": n2 is in group 1 as well',
    ],
    [
      'all | rest',
      'expected a node or client on each side at character 7 of "all | rest": the other groups have every node',
    ],
  ])('%s cannot be', (text, message) => {
    expectRefusal(() => resolve(text), 'BAD_SELECTOR', message);
  });

  test('an empty side is rejected', () => {
    const error = refusal(() => resolve('n1 | clients', { clients: [] }));
    expect(error.message).toBe(
      'expected a node or client on each side at character 6 of "n1 | clients": this group is empty',
    );
    expect(refusal(() => resolve('n1-n4 | random:2')).message).toContain('at most random:1');
    expect(refusal(() => resolve('n1 | n9')).code).toBe('NODE_UNKNOWN');
  });
});
