import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatLinks,
  isConcrete,
  linksOverlap,
  matchesLink,
  parseLinks,
  resolveLinks,
} from '../../src/grammar/index.ts';
import { cluster } from './cluster.ts';
import { expectRefusal, refusal } from './helpers.ts';

const isClient = (name: string) => name.startsWith('c');
const resolve = (text: string, overrides = {}) =>
  resolveLinks(parseLinks(text), cluster(overrides).context);

/** Every edge among some endpoints that the text matches. */
function edges(text: string, among = ['n1', 'n2', 'n3', 'c1', 'c2']): string {
  const selector = parseLinks(text);
  return among
    .flatMap((src) => among.map((dest) => [src, dest] as const))
    .filter(([src, dest]) => matchesLink(selector, src, dest, isClient))
    .map(([src, dest]) => `${src}>${dest}`)
    .join(' ');
}

describe('a link selector', () => {
  test.each([
    ['n1>n2', 'n1>n2'],
    ['n1<n2', 'n2>n1'],
    ['n1<>n2', 'n1>n2 n2>n1'],
    ['n1>*', 'n1>n2 n1>n3'],
    ['*>n1', 'n2>n1 n3>n1'],
    ['*', 'n1>n2 n1>n3 n2>n1 n2>n3 n3>n1 n3>n2'],
    ['all', 'n1>n2 n1>n3 n2>n1 n2>n3 n3>n1 n3>n2'],
    ['*>*', 'n1>n2 n1>n3 n2>n1 n2>n3 n3>n1 n3>n2'],
    ['n1,n2>n3,c1', 'n1>n3 n1>c1 n2>n3 n2>c1'],
    ['n1>n2 ; n3>n1', 'n1>n2 n3>n1'],
    ['clients>n1', 'c1>n1 c2>n1'],
    ['clients<>n1', 'n1>c1 n1>c2 c1>n1 c2>n1'],
    ['n1<>any', 'n1>n2 n1>n3 n1>c1 n1>c2 n2>n1 n3>n1 c1>n1 c2>n1'],
    ['n1,n2>n1,n2', 'n1>n2 n2>n1'],
    ['n1>n1;n1>n2', 'n1>n2'],
  ])('%s matches %s', (text, expected) => {
    expect(edges(text)).toBe(expected);
  });

  test('* includes nodes that join later', () => {
    expect(matchesLink(parseLinks('*'), 'n1', 'n77', isClient)).toBe(true);
  });

  test.each([
    [' n1 > n2 ', 'n1>n2'],
    ['n2<n1', 'n1>n2'],
    ['n2 <> n1', 'n2<>n1'],
    ['*', '*<>*'],
    ['all>n1,n1', '*>n1'],
    ['n3,n1,n3>clients;any<n2', 'n1,n3>clients; n2>any'],
    ['n1-n3>n4', 'n1,n2,n3>n4'],
    ['leader>*', 'n2>*'],
    ['majority>minority', 'n3,n4,n5>n1,n2'],
    ['minority<>majority', 'n1,n2<>n3,n4,n5'],
    ['random:1<>*', 'n5<>*'],
    ['leader>n1,n2', 'n2>n1,n2'],
    ['leader,n1>any,leader', 'n1,n2>n2,any'],
  ])('%s resolves to %s', (text, canonical) => {
    expect(resolve(text)).toBe(canonical);
  });

  test('all links of a text share one draw', () => {
    const { context, draws } = cluster();
    expect(resolveLinks(parseLinks('minority>majority; majority>minority'), context)).toBe(
      'n1,n2>n3,n4,n5; n3,n4,n5>n1,n2',
    );
    expect(draws).toHaveLength(1);
  });

  test.each([
    ['n1>n2', true],
    ['*', true],
    ['clients>any', true],
    ['leader>n1', false],
    ['n1>majority', false],
    ['n1-n2>n3', false],
    ['random:1>n3', false],
  ])('%s concrete: %s', (text, expected) => {
    expect(isConcrete(parseLinks(text))).toBe(expected);
    expect(isConcrete(parseLinks(resolve(text)))).toBe(true);
  });

  test('matching an unresolved selector is a bug', () => {
    expect(() => matchesLink(parseLinks('leader>n1'), 'n2', 'n1', isClient)).toThrow('resolved');
  });

  const quoteIt = "a link is written 'n1>n2', with the quotes, because a shell takes > for itself";
  const form =
    'a name such as n1, or one of all, clients, any, majority, minority, random:2, leader';
  test.each([
    ['n1', `expected a comma, >, < or <> at the end of "n1": ${quoteIt}`],
    ['n1,*', `expected a comma, >, < or <> at the end of "n1,*": ${quoteIt}`],
    ['n1->n2', 'expected > alone at character 3 of "n1->n2": a link is written n1>n2'],
    ['n1>', `expected ${form} at the end of "n1>"`],
    ['n1>>n2', `expected ${form} at character 4 of "n1>>n2"`],
    ['n1>n2>n3', 'expected a comma, a semicolon or the end at character 6 of "n1>n2>n3"'],
    ['n1>n2;', `expected ${form} at the end of "n1>n2;"`],
    [
      'n1>n1',
      'expected a link between two endpoints at character 1 of "n1>n1": no endpoint has a link to itself',
    ],
    [
      'n1,n1<>n1-n1',
      'expected a link between two endpoints at character 1 of "n1,n1<>n1-n1": no endpoint has a link to itself',
    ],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseLinks(text), 'BAD_SELECTOR', message);
  });

  test('rejects a link that resolves from the leader to itself', () => {
    expectRefusal(
      () => resolve('leader>n2'),
      'BAD_SELECTOR',
      'expected a link between two endpoints at character 1 of "leader>n2": it would be n2>n2',
    );
  });

  test('rejects unknown names, pointing at them', () => {
    expect(refusal(() => resolve('n1>n2; n1>n9'))).toMatchObject({
      code: 'NODE_UNKNOWN',
      facts: { at: 10, name: 'n9' },
    });
  });
});

describe('linksOverlap', () => {
  test.each([
    ['n1>n2', 'n1>n2', true],
    ['n1>n2', 'n2>n1', false],
    ['n1>n2', 'n1<>n2', true],
    ['n2>n1', 'n1<>n2', true],
    ['n1>n2', '*', true],
    ['n1>n2', 'n1>n3', false],
    ['n1>*', '*>n1', false],
    ['n1>*', '*>n2', true],
    ['clients>*', '*>*', false],
    ['clients>*', 'any>any', true],
    ['any>any', '*', true],
    ['n1,n2>n3', 'n3,n2>n3,n4', true],
  ])('%s and %s: %s', (a, b, expected) => {
    expect(linksOverlap(parseLinks(a), parseLinks(b))).toBe(expected);
    expect(linksOverlap(parseLinks(b), parseLinks(a))).toBe(expected);
  });
});

describe('concrete links', () => {
  const side = fc
    .uniqueArray(fc.constantFrom('n1', 'n2', 'n3', 'c1', '*', 'clients', 'any'), {
      minLength: 1,
      maxLength: 3,
    })
    .map((names) => names.join(','));
  const link = fc.tuple(side, fc.constantFrom('>', '<', '<>'), side).map((parts) => parts.join(''));
  const links = fc
    .array(link, { minLength: 1, maxLength: 3 })
    .map((all) => all.join(';'))
    .filter((text) => !text.split(';').every((one) => /^(n\d|c1)(<>?|>)\1$/.test(one)));

  test('mean the same in canonical form, which is a fixed point', () => {
    fc.assert(
      fc.property(links, (text) => {
        const canonical = formatLinks(parseLinks(text));
        expect(edges(canonical)).toBe(edges(text));
        expect(formatLinks(parseLinks(canonical))).toBe(canonical);
        expect(edges(resolve(text))).toBe(edges(text));
      }),
    );
  });

  test('overlap whenever an edge is matched by both', () => {
    fc.assert(
      fc.property(links, links, (a, b) => {
        const common = edges(a)
          .split(' ')
          .filter((edge) => edges(b).split(' ').includes(edge));
        if (common.length > 0) expect(linksOverlap(parseLinks(a), parseLinks(b))).toBe(true);
      }),
    );
  });
});
