/** What a link selector in concrete form matches: the router's side of the grammar. */
import type { LinkSelector, LinkTerm } from './links.ts';
import { isInRange } from './names.ts';
import type { NodeTerm } from './nodes.ts';

type IsClient = (name: string) => boolean;
type Side = readonly NodeTerm[];

export function matchesLink(
  selector: LinkSelector,
  src: string,
  dest: string,
  isClient: IsClient,
): boolean {
  if (src === dest) return false;
  return selector.links.some(
    (link) =>
      (has(link.from, src, isClient) && has(link.to, dest, isClient)) ||
      (link.isBothWays && has(link.to, src, isClient) && has(link.from, dest, isClient)),
  );
}

/** Whether a list of nodes and clients, as a recording can be asked with it, has this name. */
export const matchesName = (terms: Side, name: string, isClient: IsClient): boolean =>
  has(terms, name, isClient);

function has(side: Side, name: string, isClient: IsClient): boolean {
  return side.some((term) => means(term, name, isClient));
}

function means(term: NodeTerm, name: string, isClient: IsClient): boolean {
  switch (term.kind) {
    case 'name':
      return term.name === name;
    case 'all':
      return !isClient(name);
    case 'clients':
      return isClient(name);
    case 'any':
      return true;
    case 'range':
      return isInRange(term.range, name);
    default:
      throw new Error(`${term.kind} has to be resolved before links are matched`);
  }
}

/**
 * Whether some link may be matched by both. A name could be anybody's: `n1>c1` and `n1>*` are taken
 * to overlap, because c1 may be called so and yet be a node.
 */
export function linksOverlap(a: LinkSelector, b: LinkSelector): boolean {
  return a.links.flatMap(directed).some(([aFrom, aTo]) =>
    b.links.flatMap(directed).some(([bFrom, bTo]) => {
      const from = common(aFrom, bFrom);
      const to = common(aTo, bTo);
      const isToItself =
        from.size === 1 && to.size === 1 && !from.has(many) && to.has([...from][0]!);
      return from.size > 0 && to.size > 0 && !isToItself;
    }),
  );
}

function directed(link: LinkTerm): [Side, Side][] {
  const there: [Side, Side] = [link.from, link.to];
  return link.isBothWays ? [there, [link.to, link.from]] : [there];
}

/** Represents in `common` all members that two words have in common. No name contains a star. */
const many = '*';

/** Names that both sides may have. */
function common(a: Side, b: Side): Set<string> {
  const names = new Set<string>();
  for (const x of a) {
    for (const y of b) {
      if (x.kind === 'name' && y.kind === 'name') {
        if (x.name === y.name) names.add(x.name);
      } else if (x.kind === 'name') names.add(x.name);
      else if (y.kind === 'name') names.add(y.name);
      else if (x.kind === y.kind || x.kind === 'any' || y.kind === 'any') names.add(many);
    }
  }
  return names;
}
