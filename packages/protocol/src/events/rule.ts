/** Rules of links, and the messages that they hold. */

import { plural } from '../grammar/counts.ts';
import { eventKind } from './definition.ts';
import { count, data, optional, text, texts } from './facts.ts';

const rule = text('id of the rule, such as r1');
const explains = text('the rule in words');

export const ruleEvents = {
  'rule.added': eventKind({
    about: 'cluster',
    meaning: 'A rule is in force.',
    facts: { rule, explains, spec: data<object>('kind, links, settings and what it matches') },
    says: ({ rule: id, explains: words }) => `${id} added: ${words}`,
  }),
  'rule.removed': eventKind({
    about: 'cluster',
    meaning: 'A rule has been removed: on request, by a heal, or because another rule replaced it.',
    facts: { rule, explains },
    says: ({ rule: id, explains: words }) => `${id} removed: ${words}`,
  }),
  'rule.expired': eventKind({
    about: 'cluster',
    meaning: 'The lifetime of a rule is over.',
    facts: { rule },
    says: ({ rule: id }) => `${id} has expired`,
  }),
  'messages.released': eventKind({
    about: 'cluster',
    meaning: 'Held or delayed messages have been released on request.',
    facts: {
      links: optional(text('their links, or all; if omitted, single messages were named')),
      messages: optional(texts('ids of the messages that were named; at most 20 are listed')),
      released: count('number of released messages'),
    },
    says: ({ links, messages = [], released }) =>
      links === undefined
        ? `${plural(released, 'message')} released: ${messages.join(', ')}`
        : `${plural(released, 'message')} released on ${links}`,
  }),
  'messages.dropped': eventKind({
    about: 'cluster',
    meaning: 'Delayed and held messages have been dropped by a heal.',
    facts: { dropped: count('how many were dropped') },
    says: ({ dropped }) => `${plural(dropped, 'message')} dropped by a heal`,
  }),
};
