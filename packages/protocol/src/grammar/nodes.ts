/**
 * Node selectors: who is meant. A list, separated by commas, of
 *
 *   n1  c1        a node or a client by name
 *   n1-n3         n1, n2, n3
 *   all  *        every node, later ones included
 *   clients       every client
 *   any           every node and every client
 *   majority      as few nodes as make a majority, drawn
 *   minority      the others of that draw: as many nodes as can be without being a majority
 *   random:2      two nodes, drawn
 *   leader        the node that says it leads
 *
 * This file reads the text. `resolve.ts` says who that is in a given cluster at a given moment.
 */
import { rangeNamesMax } from '../limits.ts';
import { asRange, isName, type NameRange } from './names.ts';
import { Scanner } from './scanner.ts';

/** `at` is the position of the term in the text, for later errors. */
export type NodeTerm =
  | { readonly kind: 'name'; readonly name: string; readonly at: number }
  | { readonly kind: 'range'; readonly range: NameRange; readonly at: number }
  | { readonly kind: 'random'; readonly count: number; readonly at: number }
  | { readonly kind: NodeWord; readonly at: number };

export type NodeWord = 'all' | 'clients' | 'any' | 'majority' | 'minority' | 'leader';

export interface NodeSelector {
  readonly text: string;
  readonly terms: readonly NodeTerm[];
}

const nodeWords: ReadonlySet<string> = new Set<NodeWord>([
  'all',
  'clients',
  'any',
  'majority',
  'minority',
  'leader',
]);
const form = 'a name such as n1, or one of all, clients, any, majority, minority, random:2, leader';

export function parseNodes(text: string): NodeSelector {
  const scanner = new Scanner(text, 'BAD_SELECTOR');
  const terms = scanNodes(scanner);
  if (!scanner.isAtEnd()) throw scanner.expected('a comma or the end');
  return { text, terms };
}

/** A list where the scanner stands; stops, blanks eaten, at what is not a comma. */
export function scanNodes(scanner: Scanner): NodeTerm[] {
  const terms: NodeTerm[] = [];
  do {
    scanner.spaces();
    terms.push(scanTerm(scanner));
    scanner.spaces();
  } while (scanner.take(','));
  return terms;
}

function scanTerm(scanner: Scanner): NodeTerm {
  const at = scanner.at;
  if (scanner.take('*')) return { kind: 'all', at };
  const word = scanWord(scanner);
  if (nodeWords.has(word)) return { kind: word as NodeWord, at };
  if (word === 'random') return { kind: 'random', count: scanCount(scanner), at };
  if (word === 'rest') {
    const hint = 'rest is a whole side of a partition, as in n1,n2 | rest';
    throw scanner.expected(form, { at, hint });
  }
  const range = asRange(word);
  if (range !== null) {
    if (range.from > range.to || range.to - range.from >= rangeNamesMax) {
      const expected = `a range upwards of at most ${rangeNamesMax} names, such as n1-n3,`;
      throw scanner.expected(expected, { at });
    }
    return { kind: 'range', range, at };
  }
  if (!isName(word)) {
    throw scanner.expected(word === '' ? form : 'a name of at most 64 characters', { at });
  }
  return { kind: 'name', name: word, at };
}

/** The characters of a name, '' for none. Shared with the groups, which have one word more. */
export function scanWord(scanner: Scanner): string {
  return scanner.run(/[A-Za-z][A-Za-z0-9_.-]*/y);
}

function scanCount(scanner: Scanner): number {
  if (!scanner.take(':')) throw scanner.expected(':', { after: 'random', hint: 'as in random:2' });
  const at = scanner.at;
  const count = Number(scanner.run(/\d{1,6}/y));
  if (count === 0) throw scanner.expected('a count of 1 or more', { at, after: 'random:' });
  return count;
}

const drawingWords: ReadonlySet<string> = new Set(['majority', 'minority', 'random']);

/** Whether a text draws nodes: a selector, links, sides of a partition or zones of a geography. */
export const drawsNodes = (text: string): boolean =>
  [...text.matchAll(/[A-Za-z][A-Za-z0-9_.-]*/g)].some(([word]) => drawingWords.has(word));

/** The term as one would write it. */
export function formatTerm(term: NodeTerm): string {
  switch (term.kind) {
    case 'name':
      return term.name;
    case 'range':
      return `${term.range.prefix}${term.range.from}-${term.range.prefix}${term.range.to}`;
    case 'random':
      return `random:${term.count}`;
    case 'all':
      return '*';
    default:
      return term.kind;
  }
}
