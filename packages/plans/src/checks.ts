/**
 * What a plan may promise, one entry each: its name, and what it asks for. What each check does is
 * the judge's; a check that is not in this table cannot be in a plan.
 */
import { nearest, shown } from '@faultline/protocol/fit';
import { type TSchema, Type } from 'typebox';
import { canonicalLatencies, canonicalNumber, canonicalShare, canonicalTime } from './bounds.ts';
import { text } from './fields.ts';
import type { Check } from './plan.ts';
import { inside, Problem } from './problem.ts';

export interface CheckForm {
  readonly summary: string;
  /** What stands behind the name, and its one form; a check without it stands alone. */
  readonly asks?: { readonly takes: TSchema; readonly read: (value: unknown) => unknown };
  /** It may stand alone all the same. */
  readonly mayStandAlone?: boolean;
}

const bound = (read: (value: unknown) => string, example: string) => ({
  takes: Type.String({ examples: [example] }),
  read,
});
const models = [
  'register',
  'key-value',
  'counter',
  'set',
  'queue',
  'lock',
  'lease',
  'append-list',
  'bank',
] as const;
const model = {
  takes: Type.Enum([...models], {
    description: 'of which model, where it is not that of the workload',
  }),
  read: (value: unknown) => oneOf(value, models, 'a model'),
};
const kinds = ['append', 'register'] as const;
const transactions = (name: string): CheckForm => ({
  summary: `transactions are ${name.replaceAll('-', ' ')}`,
  asks: {
    takes: Type.Enum([...kinds], { description: 'of lists that are appended to, or of registers' }),
    read: (value) => oneOf(value, kinds, 'a kind of transactions'),
  },
  mayStandAlone: true,
});
const transactionModels = [
  'strict-serializable',
  'strong-session-serializable',
  'serializable',
  'strong-snapshot-isolation',
  'strong-session-snapshot-isolation',
  'snapshot-isolation',
  'parallel-snapshot-isolation',
  'repeatable-read',
  'consistent-view',
  'cursor-stability',
  'strong-read-committed',
  'strong-session-read-committed',
  'read-committed',
  'strong-read-uncommitted',
  'strong-session-read-uncommitted',
  'read-uncommitted',
] as const;

const growths = ['number', 'set', 'list'] as const;
const idOrders = ['process', 'real-time'] as const;
const versionOrders = ['values', 'hybrid', 'lamport'] as const;
const sessions = (summary: string): CheckForm => ({
  summary,
  asks: {
    takes: Type.Enum([...versionOrders], {
      description:
        'by what versions are in order, where the store has one: values that grow, or stamps',
    }),
    read: (value) => oneOf(value, versionOrders, 'an order of versions'),
  },
  mayStandAlone: true,
});
/** Of effects: the event that tells of each. */
const effects = (summary: string): CheckForm => ({
  summary,
  asks: {
    takes: Type.String({
      description: 'the event that tells of each effect; what is read at the end where left out',
      examples: ['charged'],
    }),
    read: (value) => text(value, 'the name of an event'),
  },
  mayStandAlone: true,
});

const table = {
  linearizable: {
    summary: 'each operation took effect at one moment between its invocation and its end',
    asks: model,
    mayStandAlone: true,
  },
  sequential: {
    summary: 'one order of all operations that keeps each client’s own; for short histories',
    asks: model,
    mayStandAlone: true,
  },
  causal: { summary: 'what depends on another is seen after it' },
  'causal-memory': { summary: 'causal, with one order for each client that explains all it read' },
  'causal-convergence': { summary: 'causal, with one order of writes that all agree on' },
  'read-your-writes': sessions('a client sees what it has written'),
  'monotonic-reads': sessions('a client never sees less than before'),
  'monotonic-writes': sessions('the writes of a client take effect in its order'),
  'writes-follow-reads': sessions('a write comes after what its client had read'),
  'session-guarantees': sessions('these four together'),
  'growing-reads': {
    summary: 'a client never sees less than before of numbers, sets or lists that only grow',
    asks: {
      takes: Type.Enum([...growths], { description: 'what grows' }),
      read: (value) => oneOf(value, growths, 'what grows'),
    },
  },
  ...(Object.fromEntries(transactionModels.map((name) => [name, transactions(name)])) as Record<
    (typeof transactionModels)[number],
    CheckForm
  >),
  set: { summary: 'no element is lost, duplicated, resurrected or unexpected' },
  'linearizable-set': { summary: 'the same, and each read sees what was acknowledged before it' },
  counter: { summary: 'in the end each read is what was counted' },
  'linearizable-counter': { summary: 'the same, of reads at any time' },
  'grow-only-counter': { summary: 'the same as counter, and nothing is ever taken away' },
  'unique-ids': {
    summary: 'no two ids are equal and, if that is asked for, they grow',
    asks: {
      takes: Type.Enum([...idOrders], { description: 'of one client, or in real time' }),
      read: (value) => oneOf(value, idOrders, 'an order of ids'),
    },
    mayStandAlone: true,
  },
  'at-most-once': effects('what was asked for happens once or, if nobody was told so, never'),
  'exactly-once': effects('what was asked for happens once, however often it was asked for'),
  'total-order': { summary: 'all nodes deliver the same messages in the same order' },
  'mutual-exclusion': { summary: 'a lock has one holder, and fencing tokens grow' },
  fencing: { summary: 'a lock with leases is safe by its tokens: none is taken after a newer one' },
  'single-leader': { summary: 'a term has one leader' },
  conservation: {
    summary: 'no money is made or lost',
    asks: {
      takes: Type.Number({ description: 'the sum, where it is not that of the first answer' }),
      read: (value) => {
        if (typeof value === 'number') return value;
        throw new Problem(`expected a sum such as 500, got ${shown(value)}`);
      },
    },
    mayStandAlone: true,
  },
  convergence: {
    summary: 'in the end all nodes answer the same, with all that was acknowledged',
    asks: bound(canonicalTime, '<= 5s'),
    mayStandAlone: true,
  },
  availability: {
    summary: 'the share of operations that were answered',
    asks: bound(canonicalShare, '>= 90%'),
  },
  latency: {
    summary: 'how long answers took',
    asks: bound(canonicalLatencies, 'p99 <= 200ms'),
  },
  'messages-per-operation': {
    summary: 'messages between nodes for each operation',
    asks: bound(canonicalNumber, '<= 30'),
  },
  recovery: {
    summary: 'the time after each healing until all is answered again',
    asks: bound(canonicalTime, '<= 3s'),
  },
} satisfies Record<string, CheckForm>;

export type CheckName = keyof typeof table;
export const checkForms: Readonly<Record<CheckName, CheckForm>> = table;
export const checkNames = Object.keys(checkForms) as CheckName[];

/** The name of a check, and what it asks for. */
export function checkOf(check: Check): { readonly name: CheckName; readonly asks?: unknown } {
  if (typeof check === 'string') return { name: check as CheckName };
  const [name, asks] = Object.entries(check)[0]!;
  return { name: name as CheckName, asks };
}

/** As one writes it: `availability >= 90%`. */
export function checkText(check: Check): string {
  const { name, asks } = checkOf(check);
  return asks === undefined ? name : `${name} ${String(asks)}`;
}

/** A check in canonical form; also the text form of `checkText`. Throws a problem. */
export function readCheck(value: unknown): Check {
  if (typeof value === 'string') {
    const [, word = '', rest = ''] = /^\s*(\S*)\s*(.*?)\s*$/.exec(value)!;
    const form = formOf(word);
    if (rest !== '') return asked(word, form, Number.isNaN(Number(rest)) ? rest : Number(rest));
    if (form.asks === undefined || form.mayStandAlone) return word;
    const { examples } = form.asks.takes as { examples?: unknown[] };
    throw new Problem(`${word} needs a bound, as in { ${word}: '${examples?.[0]}' }`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem(`expected a check such as linearizable, got ${shown(value)}`);
  }
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0) {
    throw new Problem(
      `expected one check such as { availability: '>= 90%' }, got ${Object.keys(value).join(', ') || 'nothing'}`,
    );
  }
  const [name, asks] = entry;
  const form = formOf(name);
  if (asks === null || asks === true) return readCheck(name);
  return inside(name, () => asked(name, form, asks));
}

function asked(name: string, form: CheckForm, asks: unknown): Check {
  if (form.asks === undefined)
    throw new Problem(`${name} stands alone, got ${shown(asks)} behind it`);
  return { [name]: form.asks.read(asks) };
}

function formOf(name: string): CheckForm {
  if (Object.hasOwn(checkForms, name)) return checkForms[name as CheckName];
  const meant = nearest(name, checkNames);
  const hint =
    meant === undefined ? `there are ${checkNames.join(', ')}` : `did you mean ${meant}?`;
  throw new Problem(`no check is called ${shown(name)}; ${hint}`);
}

function oneOf<T extends string>(value: unknown, known: readonly T[], what: string): T {
  const given = text(value, what);
  const found = known.find((each) => each === given);
  if (found !== undefined) return found;
  throw new Problem(`expected ${what}, which is ${known.join(', ')}, got ${shown(value)}`);
}
