/**
 * Link selectors: which directed edges are meant. Several, separated by semicolons, of
 *
 *   n1>n2          from n1 to n2           n1<n2    from n2 to n1
 *   n1<>n2         both ways               n1,n2>*  any list of a node selector on either side
 *   *              short for *<>*: all links between nodes
 *
 * A link joins two endpoints: `*<>*` means no link of a node to itself, and a selector that could
 * only mean such links is refused.
 *
 * In *concrete* form a selector has only names, `*`, `clients` and `any`. That is the form the router
 * works with: who leads, and what was drawn, was decided before. `resolveLinks` leads there.
 */
import { namesOfRange } from './names.ts';
import { formatTerm, type NodeTerm, scanNodes } from './nodes.ts';
import { Resolver, type SelectorContext } from './resolve.ts';
import { Scanner } from './scanner.ts';

export interface LinkTerm {
  readonly from: readonly NodeTerm[];
  readonly to: readonly NodeTerm[];
  readonly isBothWays: boolean;
  readonly at: number;
}

export interface LinkSelector {
  readonly text: string;
  readonly links: readonly LinkTerm[];
}

const toItself = 'a link between two endpoints';

export function parseLinks(text: string): LinkSelector {
  const scanner = new Scanner(text, 'BAD_SELECTOR');
  const links: LinkTerm[] = [];
  do links.push(scanLink(scanner));
  while (scanner.take(';'));
  if (!scanner.isAtEnd()) throw scanner.expected('a comma, a semicolon or the end');
  if (links.every(joinsOnlyItself)) {
    throw scanner.expected(toItself, {
      at: links[0]!.from[0]!.at,
      hint: 'no endpoint has a link to itself',
    });
  }
  return { text, links };
}

/** Unquoted, `n1>n2` writes to a file called n2, and all that is left of the link is n1. */
const quoteIt = "a link is written 'n1>n2', with the quotes, because a shell takes > for itself";

function scanLink(scanner: Scanner): LinkTerm {
  scanner.spaces();
  const at = scanner.at;
  const left = scanNodes(scanner);
  const arrowAt = scanner.at;
  const isBothWays = scanner.take('<>');
  const isBackwards = !isBothWays && scanner.take('<');
  if (!isBothWays && !isBackwards && !scanner.take('>')) {
    const isStar = left.length === 1 && left[0]?.kind === 'all';
    if (isStar) return { from: left, to: left, isBothWays: true, at };
    throw scanner.expected('a comma, >, < or <>', { hint: quoteIt });
  }
  if (!isBothWays && !isBackwards && scanner.text[arrowAt - 1] === '-') {
    // `n1->n2` would read as a node called `n1-`.
    throw scanner.expected('> alone', { at: arrowAt - 1, hint: 'a link is written n1>n2' });
  }
  const right = scanNodes(scanner);
  return isBackwards
    ? { from: right, to: left, isBothWays, at }
    : { from: left, to: right, isBothWays, at };
}

/** True for `n1>n1`: both sides are one and the same name. */
function joinsOnlyItself(link: LinkTerm): boolean {
  const names = new Set<string>();
  for (const term of [...link.from, ...link.to]) {
    if (term.kind === 'name') names.add(term.name);
    else if (term.kind === 'range') for (const name of namesOfRange(term.range)) names.add(name);
    else return false;
  }
  return names.size === 1;
}

/**
 * The selector in concrete form, as canonical text: what the router receives and the recording keeps.
 * Unknown names are rejected here, where the caret can still point at them.
 */
export function resolveLinks(selector: LinkSelector, context: SelectorContext): string {
  const resolver = new Resolver(selector.text, context);
  const links = selector.links.map((link) => ({
    ...link,
    from: concreteSide(link.from, resolver),
    to: concreteSide(link.to, resolver),
  }));
  if (links.every(joinsOnlyItself)) {
    const hint = `it would be ${formatLinks({ text: selector.text, links })}`;
    throw resolver.error(selector.links[0]!, toItself, { hint });
  }
  return formatLinks({ text: selector.text, links });
}

function concreteSide(terms: readonly NodeTerm[], resolver: Resolver): NodeTerm[] {
  const names: string[] = [];
  const groups = new Map<string, NodeTerm>();
  for (const term of terms) {
    if (isGroup(term)) groups.set(term.kind, term);
    else names.push(...resolver.names(term));
  }
  const nameTerms = resolver
    .ordered(names)
    .map((name): NodeTerm => ({ kind: 'name', name, at: 0 }));
  return [...nameTerms, ...groups.values()];
}

/** The members that these match may change, and the router knows them at any time; so they stay as they are. */
function isGroup(term: NodeTerm): boolean {
  return term.kind === 'all' || term.kind === 'clients' || term.kind === 'any';
}

export function isConcrete(selector: LinkSelector): boolean {
  return selector.links.every((link) =>
    [...link.from, ...link.to].every((term) => term.kind === 'name' || isGroup(term)),
  );
}

/** One text for all texts that say the same in the same order: `n2 <n1` is `n1>n2`. */
export function formatLinks(selector: LinkSelector): string {
  return selector.links
    .map((link) => `${formatSide(link.from)}${link.isBothWays ? '<>' : '>'}${formatSide(link.to)}`)
    .join('; ');
}

function formatSide(terms: readonly NodeTerm[]): string {
  return [...new Set(terms.map(formatTerm))].join(',');
}
