/** A rule in plain words: `lose 5% of messages n1>n2 of type append, for 10s`. */
import { formatLinks, parseLinks, type RuleSpec } from '@faultline/protocol';
import { chanceInWords, countsInWords } from './match.ts';
import { readSizes } from './match-texts.ts';
import { readRule } from './spec.ts';

export function explain(rule: RuleSpec): string {
  const { spec, action } = readRule(rule);
  const lifetime = spec.for === undefined ? '' : `, for ${spec.for.trim()}`;
  return `${action.words(messages(spec))}${counts(spec)}${lifetime}`;
}

function messages(spec: RuleSpec): string {
  const { links, type, replies, size, field } = spec;
  const what =
    replies === undefined ? 'messages' : replies ? 'replies' : 'messages that are not replies';
  return [
    `${chanceInWords(spec)}${what} ${formatLinks(parseLinks(links))}`,
    type === undefined ? '' : ` of type ${type}`,
    size === undefined ? '' : ` of size ${readSizes('size', size).text}`,
    field === undefined ? '' : ` with ${field}`,
  ].join('');
}

function counts(spec: RuleSpec): string {
  const words = countsInWords(spec);
  return words === '' ? '' : ` (on each link ${words})`;
}
