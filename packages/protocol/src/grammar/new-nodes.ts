/** Names for nodes that are yet to come: `n6`, `n6,n8`, `n6-n9`. */
import { FaultlineError } from '../errors.ts';
import { namesOfRange } from './names.ts';
import { formatTerm, parseNodes } from './nodes.ts';

/** Each name once, in the order in which they are written. Throws BAD_SELECTOR. */
export function parseNewNodes(text: string): string[] {
  const names = parseNodes(text).terms.flatMap((term) => {
    if (term.kind === 'name') return [term.name];
    if (term.kind === 'range') return namesOfRange(term.range);
    throw notNew(text, formatTerm(term));
  });
  const strange = names.find((name) => !/^n[1-9]\d{0,5}$/.test(name));
  if (strange !== undefined) throw notNew(text, strange);
  return [...new Set(names)];
}

const notNew = (text: string, word: string): FaultlineError =>
  new FaultlineError(
    'BAD_SELECTOR',
    `expected how many nodes, or names of new ones such as n6 or n6,n7, got ${JSON.stringify(word)}`,
    { text },
  );
