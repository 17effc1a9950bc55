import { Type } from 'typebox';
import { checkSessions, type SessionGuarantee, sessionGuarantees } from '../promises/session.ts';
import { defineCheck } from './check.ts';

const summaries: Readonly<Record<SessionGuarantee, string>> = {
  'read your writes': 'a client sees what it has written',
  'monotonic reads': 'a client never sees less than before',
  'monotonic writes': 'the writes of a client take effect in its order',
  'writes follow reads': 'a write comes after what its client had read',
};
const together = 'session guarantees';

/** As a check is named: `read-your-writes`. */
type Hyphenated<Words extends string> = Words extends `${infer First} ${infer Rest}`
  ? `${First}-${Hyphenated<Rest>}`
  : Words;
export type SessionCheck = Hyphenated<SessionGuarantee | typeof together>;

const order = Type.Optional(
  Type.Enum(['values', 'hybrid', 'lamport'], {
    title: 'an order of versions',
    description:
      'what orders versions, where the store has an order: values that grow, or the stamps of writes',
  }),
);

const sessions = (name: string, summary: string, guarantees: readonly SessionGuarantee[]) =>
  defineCheck({
    name: name.replaceAll(' ', '-'),
    summary,
    options: Type.Object({ order }),
    short: 'order',
    matcher: `toBeConsistent('${name.replaceAll(' ', '-')}')`,
    promise: `satisfy ${name}`,
    run: (history, options) => checkSessions(history, { guarantees, ...options }),
  });

export const sessionChecks = [
  ...sessionGuarantees.map((each) => sessions(each, summaries[each], [each])),
  sessions(
    together,
    'the four guarantees of a session together, from read-your-writes to writes-follow-reads',
    sessionGuarantees,
  ),
];
