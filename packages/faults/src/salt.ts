/** What makes a rule the rule it is, as text: draws depend on it. */
import { formatLinks, parseLinks } from '@faultline/protocol';
import type { ReadRule } from './spec.ts';

/**
 * Kind, match and settings; neither id nor lifetime, so that the same fault met again draws the same.
 * `occurrence` tells apart identical rules that are installed at the same time.
 */
export function saltOf({ spec, action, match }: ReadRule, occurrence: number): string {
  const { kind, links, type, replies, after, every, first } = spec;
  const { size, field, probability } = match.normal;
  const normalLinks = formatLinks(parseLinks(links));
  const about = {
    links: normalLinks,
    type,
    replies,
    size,
    field,
    after,
    every,
    first,
    probability,
  };
  return `${canonicalJson({ kind, ...about, settings: action.normal })}#${occurrence}`;
}

/** JSON with keys in order; properties that are undefined are not there. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_, nested: unknown) =>
    typeof nested === 'object' && nested !== null && !Array.isArray(nested)
      ? Object.fromEntries(Object.entries(nested).sort(([a], [b]) => (a < b ? -1 : 1)))
      : nested,
  );
}
