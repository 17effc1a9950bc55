/**
 * Monotonic reads of values that only grow: what a process has seen once, it sees from then on.
 *
 *   number  the value never falls
 *   set     no element of a list is missing later
 *   list    each list continues the one before it
 *
 * Per process and key, by pairs of neighbours, as each of these orders is transitive. For registers,
 * whose values have no such order, see session.ts.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { carried } from './answers.ts';
import { Judgement } from './judgement.ts';
import { isReadOf } from './register-history.ts';

export type Growth = 'number' | 'set' | 'list';

const fits: Readonly<Record<Growth, (value: Json) => boolean>> = {
  number: (value) => typeof value === 'number',
  set: Array.isArray,
  list: Array.isArray,
};

const continues: Readonly<Record<Growth, (before: Json, after: Json) => boolean>> = {
  number: (before, after) => (before as number) <= (after as number),
  set: (before, after) => {
    const elements = new Set((after as Json[]).map(canonicalText));
    return (before as Json[]).every((element) => elements.has(canonicalText(element)));
  },
  list: (before, after) =>
    (before as Json[]).every(
      (element, i) => canonicalText(element) === canonicalText((after as Json[])[i]),
    ),
};

export function checkMonotonicReads(
  history: History,
  { grows }: { readonly grows: Growth },
): CheckResult {
  const judgement = new Judgement('monotonic in its reads');
  const last = new Map<string, Operation>();
  let pairs = 0;
  for (const answered of history.operations) {
    if (!isReadOf(answered) || answered.type !== 'ok') continue;
    const read: Operation = { ...answered, output: carried(answered.output) ?? null };
    if (!fits[grows](read.output!)) {
      judgement.problem(
        'malformed',
        [read.index],
        `${named(read)} answered ${shown(read.output)}, which is not a ${grows === 'number' ? 'number' : 'list'}`,
      );
      continue;
    }
    const session = JSON.stringify([read.process, read.key ?? null]);
    const before = last.get(session);
    last.set(session, read);
    if (before === undefined) continue;
    pairs++;
    if (continues[grows](before.output!, read.output!)) continue;
    judgement.problem(
      'gone back',
      [before.index, read.index],
      `${named(before)} returned ${shown(before.output)}, and then ${named(read)} ${shown(read.output)}`,
    );
  }
  return judgement.result(pairs, 'pairs of reads of one process');
}
