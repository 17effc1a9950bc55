/** Links as the router is told them: names instead of selectors, and never none at all. */
import {
  FaultlineError,
  isCallerName,
  matchesLink,
  parseLinks,
  resolveLinks,
  type SelectorContext,
} from '@faultline/protocol';

/**
 * What the text means in this cluster, in concrete form. Throws BAD_SELECTOR where it is none, or
 * means no link that there is, and NODE_UNKNOWN. A client may be named before it calls for the first time.
 */
export function concreteLinks(text: string, given: SelectorContext): string {
  const selector = parseLinks(text);
  const context = { ...given, clients: [...new Set([...given.clients, ...clientsIn(selector)])] };
  const concrete = resolveLinks(selector, context);
  const links = parseLinks(concrete);
  const clients = new Set(context.clients);
  const members = [...context.nodes, ...clients];
  const isClient = (name: string): boolean => clients.has(name);
  const meansSome = members.some((src) =>
    members.some((dest) => matchesLink(links, src, dest, isClient)),
  );
  if (meansSome) return concrete;
  throw new FaultlineError(
    'BAD_SELECTOR',
    `${text} means no link: the nodes are ${listed(context.nodes)}, the clients ${listed(context.clients)}`,
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
