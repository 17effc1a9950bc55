/** All verbs, in the order in which help lists them. */
import type { NodeVerb } from '../verb.ts';
import { exhaust } from './exhaust.ts';

export const registered = registry({
  exhaust,
});

/** Each verb under its own name. */
function registry<Verbs extends { readonly [Name in keyof Verbs]: NodeVerb<Name & string> }>(
  verbs: Verbs,
): Verbs {
  return verbs;
}
