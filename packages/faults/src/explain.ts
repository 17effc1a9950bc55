/** A rule in plain words: `lose 5% of messages n1>n2 of type append, for 10s`. */
import { formatLinks, parseLinks } from '@faultline/protocol';
import { type RuleSpec, readRule } from './spec.ts';

export function explain(rule: RuleSpec): string {
  const { spec, action } = readRule(rule);
  const lifetime = spec.for === undefined ? '' : `, for ${spec.for.trim()}`;
  return `${action.words(messages(spec))}${counts(spec)}${lifetime}`;
}

function messages({ links, type, replies }: RuleSpec): string {
  const what =
    replies === undefined ? 'messages' : replies ? 'replies' : 'messages that are no replies';
  const where = formatLinks(parseLinks(links));
  if (type === undefined) return `${what} ${where}`;
  return `${what} ${where} of type ${type}`;
}

function counts({ after = 0, every = 1, first }: RuleSpec): string {
  const parts = [
    after > 0 ? `after the first ${after}` : '',
    every > 1 ? `only every ${every}${ending(every)}` : '',
    first === undefined ? '' : `at most ${first}`,
  ].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` (on each link ${parts.join(', ')})`;
}

/** 2nd, 3rd, 11th, 21st. */
function ending(n: number): string {
  if (n % 100 >= 11 && n % 100 <= 13) return 'th';
  return ['th', 'st', 'nd', 'rd'][n % 10] ?? 'th';
}
