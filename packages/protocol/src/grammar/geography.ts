/**
 * A geography: which nodes are where.
 *
 *   eu: n1,n2 | us: n3,n4 | ap: n5        home: leader | away: rest
 *
 * A node is in one zone at most; one in none is left alone.
 */
import type { FaultlineError } from '../errors.ts';
import { type Group, resolveGroups, scanGroup } from './groups.ts';
import { misfit } from './misfit.ts';
import { scanWord } from './nodes.ts';
import type { SelectorContext } from './resolve.ts';
import { Scanner } from './scanner.ts';

interface Zone {
  readonly name: string;
  readonly nodes: readonly string[];
}

/** Throws BAD_SELECTOR, NODE_UNKNOWN. */
export function readZones(text: string, context: SelectorContext): Zone[] {
  const scanner = new Scanner(text, 'BAD_SELECTOR');
  const names: string[] = [];
  const groups: Group[] = [];
  do {
    names.push(scanName(scanner, names));
    groups.push(scanGroup(scanner));
  } while (scanner.take('|'));
  if (!scanner.isAtEnd()) throw scanner.expected('a comma, | or the end');
  const nodes = resolveGroups({ text, groups }, context);
  return names.map((name, i) => ({ name, nodes: nodes[i]! }));
}

function scanName(scanner: Scanner, taken: readonly string[]): string {
  scanner.spaces();
  const at = scanner.at;
  const name = scanWord(scanner);
  if (name === '')
    throw scanner.expected('the name of a zone', { at, hint: 'as in eu: n1,n2 | us: n3' });
  scanner.spaces();
  if (!scanner.take(':')) throw scanner.expected(':', { after: name, hint: 'as in eu: n1,n2' });
  if (taken.includes(name))
    throw scanner.expected(`every zone once`, { at, hint: `${name} is there already` });
  return name;
}

/** Two names with a comma between, such as `eu,us`; both may be the same. Throws BAD_SELECTOR. */
export function readPair(text: string, zones: readonly string[]): readonly [string, string] {
  const [a, b, ...more] = text.split(',').map((name) => name.trim());
  const fail = (expected: string, at = 0): FaultlineError =>
    misfit('BAD_SELECTOR', { text, at, expected });
  if (a === undefined || b === undefined || more.length > 0)
    throw fail('two zones, such as eu,us,');
  for (const name of [a, b]) {
    if (!zones.includes(name)) throw fail(`a zone (${zones.join(', ')})`, text.indexOf(name));
  }
  return [a, b];
}
