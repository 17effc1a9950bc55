/**
 * Consistency models of transactions, and what each anomaly says about them.
 *
 *     strict-serializable
 *       ├─ strong-session-serializable ─┬─ serializable ─┬─ repeatable-read ──────┐
 *       │                               │                └─ snapshot-isolation    │
 *       │                               │                     │                   │
 *       │                               │          parallel-snapshot-isolation    │
 *       │                               │                     │                   │
 *       │                               │                consistent-view          │
 *       │                               │                     │                   │
 *       │                               │               cursor-stability ◄────────┘
 *       │                               │                     │
 *       │                               │               read-committed
 *       │                               │                     │
 *       │                               │              read-uncommitted
 *       │                               └─ strong-session-snapshot-isolation
 *       │                                     ├─ snapshot-isolation
 *       │                                     └─ strong-session-read-committed …
 *       └─ strong-snapshot-isolation
 *             ├─ strong-session-snapshot-isolation
 *             └─ strong-read-committed …
 *
 * What stands above implies what stands below it. "Strong session" adds that transactions of one
 * process keep their order (K. Daudjee, K. Salem, ICDE 2004 and VLDB 2006), "strong" and "strict" that
 * a transaction which ended before another began comes first.
 *
 * Sources: A. Adya, "Weak Consistency" (PhD thesis, MIT 1999), for G0, G1, G-single (PL-2+, here
 * consistent view), G2-item (PL-2.99, repeatable read) and PL-3; P. Bailis et al., "Highly Available
 * Transactions", VLDB 2014, for lost update; A. Cerone et al., CONCUR 2015 and PODC 2016, for
 * snapshot isolation (no cycle without two adjacent anti-dependencies) and its parallel form.
 * Repeatable read and serializability differ by reads of predicates alone; these histories have none.
 */
const weaker = {
  'read-uncommitted': [],
  'read-committed': ['read-uncommitted'],
  'cursor-stability': ['read-committed'],
  'consistent-view': ['cursor-stability'],
  'parallel-snapshot-isolation': ['consistent-view'],
  'snapshot-isolation': ['parallel-snapshot-isolation'],
  'repeatable-read': ['cursor-stability'],
  serializable: ['repeatable-read', 'snapshot-isolation'],
  'strong-session-read-uncommitted': ['read-uncommitted'],
  'strong-session-read-committed': ['read-committed', 'strong-session-read-uncommitted'],
  'strong-session-snapshot-isolation': ['snapshot-isolation', 'strong-session-read-committed'],
  'strong-session-serializable': ['serializable', 'strong-session-snapshot-isolation'],
  'strong-read-uncommitted': ['strong-session-read-uncommitted'],
  'strong-read-committed': ['strong-session-read-committed', 'strong-read-uncommitted'],
  'strong-snapshot-isolation': ['strong-session-snapshot-isolation', 'strong-read-committed'],
  'strict-serializable': ['strong-session-serializable', 'strong-snapshot-isolation'],
} as const;

export type TransactionModel = keyof typeof weaker;
export const transactionModels = Object.keys(weaker) as readonly TransactionModel[];

const cycleShapes = ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item'] as const;
export type CycleShape = (typeof cycleShapes)[number];
export type CycleName = CycleShape | `${CycleShape}-process` | `${CycleShape}-realtime`;

/** The weakest models that each anomaly rules out; with them goes all that implies them. */
const rulesOut = {
  // No transaction at all was observed as it should be.
  malformed: ['read-uncommitted'],
  unwritten: ['read-uncommitted'],
  'duplicate-elements': ['read-uncommitted'],
  G0: ['read-uncommitted'],
  // An order of versions that runs in a circle came from reads, so some reads were wrong.
  'cyclic-versions': ['read-committed'],
  'incompatible-order': ['read-committed'],
  'dirty-update': ['read-committed'],
  'future-read': ['read-committed'],
  G1a: ['read-committed'],
  G1b: ['read-committed'],
  G1c: ['read-committed'],
  'lost-update': ['cursor-stability'],
  internal: ['consistent-view', 'repeatable-read'],
  'G-single': ['consistent-view', 'repeatable-read'],
  'G-nonadjacent': ['snapshot-isolation', 'repeatable-read'],
  'G2-item': ['repeatable-read'],
  'G0-process': ['strong-session-read-uncommitted'],
  'G1c-process': ['strong-session-read-committed'],
  'G-single-process': ['strong-session-snapshot-isolation'],
  'G-nonadjacent-process': ['strong-session-snapshot-isolation'],
  'G2-item-process': ['strong-session-serializable'],
  'G0-realtime': ['strong-read-uncommitted'],
  'G1c-realtime': ['strong-read-committed'],
  'G-single-realtime': ['strong-snapshot-isolation'],
  'G-nonadjacent-realtime': ['strong-snapshot-isolation'],
  'G2-item-realtime': ['strict-serializable'],
} as const satisfies Record<string, readonly TransactionModel[]>;

export type AnomalyName = keyof typeof rulesOut;

/** What each anomaly is, in a line. Worst first. */
export const anomalyMeanings: Readonly<Record<AnomalyName, string>> = {
  malformed: 'an answer that does not fit the transaction that was sent',
  unwritten: 'a read of a value that no client wrote',
  'duplicate-elements': 'a list that holds one appended element twice',
  G0: 'dirty write: writes of transactions interleave, a cycle of writes alone',
  'cyclic-versions': 'the reads put the versions of one key in a cycle',
  'incompatible-order': 'two reads of one list, neither a prefix of the other',
  'dirty-update': 'a committed write on top of an aborted one',
  'future-read': 'a transaction read what it wrote only later',
  G1a: 'aborted read: a read of what a failed transaction wrote',
  G1b: 'intermediate read: a read of a value that its writer had already overwritten',
  G1c: 'circular information flow: a cycle of writes and reads',
  'lost-update': 'two transactions read one version and each replaced it',
  internal: 'a transaction disagrees with its own earlier reads and writes',
  'G-single': 'read skew: a cycle with exactly one anti-dependency',
  'G-nonadjacent': 'a cycle with several anti-dependencies, no two in a row (such as a long fork)',
  'G2-item': 'write skew: a cycle with anti-dependencies in a row',
  'G0-process': 'a cycle of writes and the order of a process',
  'G1c-process': 'a cycle of writes, reads and the order of a process',
  'G-single-process': 'a cycle with one anti-dependency and the order of a process',
  'G-nonadjacent-process': 'a cycle with separate anti-dependencies and the order of a process',
  'G2-item-process': 'a cycle with adjacent anti-dependencies and the order of a process',
  'G0-realtime': 'a cycle of writes and real time',
  'G1c-realtime': 'a cycle of writes, reads and real time',
  'G-single-realtime': 'a cycle with one anti-dependency and real time, such as a stale read',
  'G-nonadjacent-realtime': 'a cycle with separate anti-dependencies and real time',
  'G2-item-realtime': 'a cycle with adjacent anti-dependencies and real time',
};

const severity = Object.keys(anomalyMeanings) as readonly AnomalyName[];
export const worstFirst = (a: AnomalyName, b: AnomalyName): number =>
  severity.indexOf(a) - severity.indexOf(b);

export function implies(strong: TransactionModel, weak: TransactionModel): boolean {
  return strong === weak || weaker[strong].some((next) => implies(next, weak));
}

/** All models that cannot hold where these anomalies are. */
export function ruledOut(anomalies: Iterable<AnomalyName>): Set<TransactionModel> {
  const weakest = [...anomalies].flatMap((name): readonly TransactionModel[] => rulesOut[name]);
  return new Set(transactionModels.filter((model) => weakest.some((weak) => implies(model, weak))));
}

/** Those that no other one in the set implies. */
export function strongest(models: readonly TransactionModel[]): TransactionModel[] {
  return models.filter(
    (model) => !models.some((other) => other !== model && implies(other, model)),
  );
}
