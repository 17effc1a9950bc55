/**
 * Groups of a partition: the sides that can no longer talk to one another.
 *
 *   n1,n2 | n3,n4,n5        minority | majority        leader | rest        n1 | n2 | rest
 *
 * `rest` is every node that no other side has; it is always a whole side. Clients belong to no side
 * unless they are named: they keep reaching both, which makes a split brain visible. A node on no
 * side talks to everybody.
 */
import { type NodeTerm, scanNodes, scanWord } from './nodes.ts';
import { Resolver, type SelectorContext } from './resolve.ts';
import { Scanner } from './scanner.ts';

export interface Group {
  /** 'rest', or who is on this side. */
  readonly terms: 'rest' | readonly NodeTerm[];
  readonly at: number;
}

export interface GroupsSelector {
  readonly text: string;
  readonly groups: readonly Group[];
}

export function parseGroups(text: string): GroupsSelector {
  const scanner = new Scanner(text, 'BAD_SELECTOR');
  const groups: Group[] = [];
  do {
    const group = scanGroup(scanner);
    if (group.terms === 'rest' && groups.some(({ terms }) => terms === 'rest')) {
      throw scanner.expected('rest only once', { at: group.at });
    }
    groups.push(group);
  } while (scanner.take('|'));
  if (!scanner.isAtEnd()) throw scanner.expected('a comma, | or the end');
  if (groups.length === 1) {
    throw scanner.expected('| and another group', { hint: 'as in n1,n2 | rest' });
  }
  return { text, groups };
}

export function scanGroup(scanner: Scanner): Group {
  scanner.spaces();
  const at = scanner.at;
  if (scanWord(scanner) === 'rest') {
    scanner.spaces();
    if (scanner.sees(',')) {
      throw scanner.expected('| or the end', { after: 'rest', hint: 'rest must be a whole side' });
    }
    return { terms: 'rest', at };
  }
  scanner.at = at;
  return { terms: scanNodes(scanner), at };
}

/** The sides in the order of the text, each in the cluster's order; none empty, no name on two. */
export function resolveGroups(selector: GroupsSelector, context: SelectorContext): string[][] {
  const resolver = new Resolver(selector.text, context);
  const sides = selector.groups.map(() => [] as string[]);
  const sideOf = new Map<string, number>();

  const place = (term: NodeTerm, side: number, names: readonly string[]): void => {
    for (const name of names) {
      const earlier = sideOf.get(name);
      if (earlier !== undefined && earlier !== side) {
        const hint = `${name} is in group ${earlier + 1} as well`;
        throw resolver.error(term, 'every node on one side only', { hint });
      }
      sideOf.set(name, side);
      sides[side]!.push(name);
    }
  };
  const eachTerm = (act: (term: NodeTerm, side: number) => void): void => {
    selector.groups.forEach(({ terms }, side) => {
      if (terms !== 'rest') for (const term of terms) act(term, side);
    });
  };

  eachTerm((term, side) => {
    if (term.kind !== 'random') place(term, side, resolver.names(term));
  });
  // Draws come after the names, from whom these left, so that `n1 | random:2` never draws n1.
  const free = () => context.nodes.filter((name) => !sideOf.has(name));
  eachTerm((term, side) => {
    if (term.kind === 'random') place(term, side, resolver.names(term, free()));
  });

  return selector.groups.map((group, side) => {
    const names = group.terms === 'rest' ? free() : resolver.ordered(sides[side]!);
    if (names.length === 0) {
      const hint =
        group.terms === 'rest' ? 'the other groups have every node' : 'this group is empty';
      throw resolver.error(group, 'a node or client on each side', { hint });
    }
    return names;
  });
}
