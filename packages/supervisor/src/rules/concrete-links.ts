/** Links in the form for the router: names instead of selectors, and at least one link. */
import {
  FaultlineError,
  isCallerName,
  matchesLink,
  parseLinks,
  resolveLinks,
  type SelectorContext,
} from '@faultline/protocol';

/**
 * Replaces the selectors in a text by names. Throws BAD_SELECTOR if it is invalid or matches no link, and
 * NODE_UNKNOWN. A client may be named before its first call.
 */
export function concreteLinks(text: string, given: SelectorContext): string {
  const selector = parseLinks(text);
  const context = { ...given, clients: [...new Set([...given.clients, ...clientsIn(selector)])] };
  const concrete = resolveLinks(selector, context);
  const links = parseLinks(concrete);
  const clients = new Set(context.clients);
  const members = [...context.nodes, ...clients];
  const isClient = (name: string): boolean => clients.has(name);
  const matchesAny = members.some((src) =>
    members.some((dest) => matchesLink(links, src, dest, isClient)),
  );
  if (matchesAny) return concrete;
  throw new FaultlineError(
    'BAD_SELECTOR',
    `${text} matches no link: the nodes are ${listed(context.nodes)}, the clients ${listed(context.clients)}`,
    { text, nodes: context.nodes, clients: context.clients },
  );
}

/** Names that only clients can have. */
function clientsIn({ links }: ReturnType<typeof parseLinks>): string[] {
  return links
    .flatMap(({ from, to }) => [...from, ...to])
    .flatMap((term) => (term.kind === 'name' && isCallerName(term.name) ? [term.name] : []));
}

const listedMax = 12;

function listed(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const more = names.length > listedMax ? ` and ${names.length - listedMax} more` : '';
  return `${names.slice(0, listedMax).join(', ')}${more}`;
}
