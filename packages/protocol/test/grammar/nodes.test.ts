import { describe, expect, test } from 'vitest';
import { isName, parseNodes, resolveNodes } from '../../src/grammar/index.ts';
import { cluster } from './cluster.ts';
import { expectRefusal, refusal } from './helpers.ts';

const resolve = (text: string, overrides = {}) =>
  resolveNodes(parseNodes(text), cluster(overrides).context);

describe('a node selector', () => {
  test.each([
    ['n1', 'n1'],
    ['c1', 'c1'],
    ['n3 , n1,n3', 'n1,n3'],
    ['c2,n1', 'n1,c2'],
    ['all', 'n1,n2,n3,n4,n5'],
    ['*', 'n1,n2,n3,n4,n5'],
    ['clients', 'c1,c2'],
    ['any', 'n1,n2,n3,n4,n5,c1,c2'],
    ['n2-n4', 'n2,n3,n4'],
    ['c1-c2', 'c1,c2'],
    ['majority', 'n3,n4,n5'],
    ['minority', 'n1,n2'],
    ['minority,majority', 'n1,n2,n3,n4,n5'],
    ['random:2', 'n4,n5'],
    ['leader', 'n2'],
    ['leader,n1', 'n1,n2'],
  ])('%s means %s', (text, names) => {
    expect(resolve(text).join(',')).toBe(names);
  });

  test.each([
    [1, 1, 0],
    [2, 2, 0],
    [3, 2, 1],
    [4, 3, 1],
    [5, 3, 2],
    [6, 4, 2],
    [7, 4, 3],
  ])('of %d nodes %d are the smallest majority and %d the minority', (n, majority, minority) => {
    const nodes = Array.from({ length: n }, (_, i) => `n${i + 1}`);
    expect(resolve('majority', { nodes })).toHaveLength(majority);
    if (minority > 0) expect(resolve('minority', { nodes })).toHaveLength(minority);
    else expect(refusal(() => resolve('minority', { nodes })).message).toContain('keep a majority');
  });

  test('draws majority and minority once, and each random on its own', () => {
    const { context, draws } = cluster();
    resolveNodes(parseNodes('majority,minority,majority,random:1,random:1'), context);
    expect(draws).toEqual(['3 of n1,n2,n3,n4,n5', '1 of n1,n2,n3,n4,n5', '1 of n1,n2,n3,n4,n5']);
  });

  test('a drawn majority keeps the order of the cluster, whatever the order of the draw', () => {
    expect(resolve('majority', { pick: () => ['n5', 'n1', 'n3'] })).toEqual(['n1', 'n3', 'n5']);
  });

  test('a draw of the wrong size is a bug', () => {
    expect(() => resolve('random:2', { pick: () => ['n1', 'n1'] })).toThrow('pick(2)');
    expect(() => resolve('random:2', { pick: () => ['n1', 'c1'] })).toThrow('pick(2)');
    expect(() => resolve('random:2', { pick: () => ['n1'] })).toThrow('pick(2)');
  });

  const form =
    'a name such as n1, or one of all, clients, any, majority, minority, random:2, leader';
  test.each([
    ['', `expected ${form} but the text is empty`],
    ['n1,', `expected ${form} at the end of "n1,"`],
    [',n1', `expected ${form} at character 1 of ",n1"`],
    ['1n', `expected ${form} at character 1 of "1n"`],
    ['n1 n2', 'expected a comma or the end at character 4 of "n1 n2"'],
    ['n1>n2', 'expected a comma or the end at character 3 of "n1>n2"'],
    ['random', 'expected : after random at the end of "random": as in random:2'],
    ['random:0', 'expected a count of 1 or more after random: at character 8 of "random:0"'],
    ['random:x', 'expected a count of 1 or more after random: at character 8 of "random:x"'],
    [
      'rest',
      `expected ${form} at character 1 of "rest": rest is a whole side of a partition, as in n1,n2 | rest`,
    ],
    [
      'n3-n1',
      'expected a range upwards of at most 1000 names, such as n1-n3, at character 1 of "n3-n1"',
    ],
    [
      'n1-n9999',
      'expected a range upwards of at most 1000 names, such as n1-n3, at character 1 of "n1-n9999"',
    ],
    [
      `n1,${'x'.repeat(65)}`,
      `expected a name of at most 64 characters at character 4 of "n1,${'x'.repeat(32)}…"`,
    ],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseNodes(text), 'BAD_SELECTOR', message);
  });

  test('lists the known names when a name is unknown', () => {
    expectRefusal(
      () => resolve('n1,n9'),
      'NODE_UNKNOWN',
      'there is no n9, only nodes n1, n2, n3, n4, n5 and clients c1, c2, at character 4 of "n1,n9"',
    );
    expect(refusal(() => resolve('n1,n9')).facts).toMatchObject({
      text: 'n1,n9',
      at: 3,
      name: 'n9',
    });
    expect(refusal(() => resolve('n4-n6')).facts).toMatchObject({ at: 0, name: 'n6' });
    const nodes = Array.from({ length: 30 }, (_, i) => `n${i + 1}`);
    expect(refusal(() => resolve('x', { nodes, clients: [] })).message).toBe(
      'there is no x, only nodes n1, n2, n3, n4, n5, n6, n7, n8, n9, n10, n11, n12 and 18 more, at character 1 of "x"',
    );
  });

  test('rejects `leader` when no node reports that it leads', () => {
    expectRefusal(
      () => resolve('n1,leader', { leader: undefined }),
      'BAD_SELECTOR',
      'no node reports that it leads, so leader matches no node, at character 4 of "n1,leader": name the node instead, or have the program report its role',
    );
  });

  test('a reported leader that is not a node of the cluster is unknown', () => {
    expect(refusal(() => resolve('leader', { leader: 'n9' })).code).toBe('NODE_UNKNOWN');
  });

  test('rejects drawing more nodes than there are', () => {
    expectRefusal(
      () => resolve('random:6'),
      'BAD_SELECTOR',
      'expected at most random:5 at character 1 of "random:6": there are 5 nodes to draw from',
    );
    expect(refusal(() => resolve('majority', { nodes: [] })).code).toBe('BAD_SELECTOR');
  });
});

describe('isName', () => {
  test.each(['n1', 'c1', 'node-3', 'a.b_c', 'X', 'n1-', 'n01-n02x', 'x'.repeat(64)])(
    '%s is one',
    (name) => {
      expect(isName(name)).toBe(true);
    },
  );
  test.each([
    '',
    '1n',
    'n 1',
    'é',
    'all',
    'any',
    'rest',
    'leader',
    'random',
    'n1-n3',
    'n01-n03',
    'x'.repeat(65),
    '*',
  ])('%s is none', (name) => {
    expect(isName(name)).toBe(false);
  });
});
