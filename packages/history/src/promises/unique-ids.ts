/**
 * Unique ids: no two answers to `generate` are equal, and, where it is promised, they grow: within
 * each process, or in real time (an id that was requested after another had arrived is larger).
 */

import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named, shown } from '../shown.ts';
import { acknowledgedMs, carried } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface UniqueIdsOptions {
  readonly order?: 'none' | 'process' | 'real time';
  readonly f?: string;
}

export function checkUniqueIds(
  history: History,
  { order = 'none', f = 'generate' }: UniqueIdsOptions = {},
): CheckResult {
  const judgement = new Judgement(
    order === 'none' ? 'unique ids' : `unique ids, growing by ${order}`,
  );
  const answered = history.operations
    .filter((operation) => operation.f === f && operation.type === 'ok')
    .map((operation): Operation => ({ ...operation, output: carried(operation.output) ?? null }));
  const first = new Map<string, Operation>();
  const ids: Operation[] = [];
  for (const operation of answered) {
    if (operation.output === null) {
      judgement.problem(
        'malformed',
        [operation.index],
        `${named(operation)} answered without an id`,
      );
      continue;
    }
    ids.push(operation);
    const id = canonicalText(operation.output);
    const other = first.get(id);
    if (other === undefined) first.set(id, operation);
    else {
      judgement.problem(
        'duplicate',
        [other.index, operation.index],
        `${named(other)} and ${named(operation)} both got ${shown(operation.output)}`,
      );
    }
  }
  if (order !== 'none') checkOrder(ids, order, judgement);
  return judgement.result(ids.length, 'ids');
}

function checkOrder(
  ids: readonly Operation[],
  order: 'process' | 'real time',
  judgement: Judgement,
): void {
  const kinds = new Set(ids.map(({ output }) => typeof output));
  if (kinds.size > 1 || (ids.length > 0 && !kinds.has('number') && !kinds.has('string'))) {
    judgement.doubt('ids have no order unless all are numbers or all are strings');
    return;
  }
  const begun = [...ids].sort((a, b) => a.invokedMs - b.invokedMs);
  const done = [...ids].sort((a, b) => acknowledgedMs(a) - acknowledgedMs(b));
  /** The largest id that was answered before the current one was requested: of each process, or of all. */
  const largest = new Map<string, Operation>();
  let next = 0;
  for (const operation of begun) {
    for (; next < done.length && acknowledgedMs(done[next]!) < operation.invokedMs; next++) {
      const ended = done[next]!;
      const scope = order === 'process' ? ended.process : '';
      const before = largest.get(scope);
      if (before === undefined || ended.output! > before.output!) largest.set(scope, ended);
    }
    const before = largest.get(order === 'process' ? operation.process : '');
    if (before === undefined || operation.output! >= before.output!) continue;
    judgement.problem(
      'out of order',
      [before.index, operation.index],
      `${named(operation)} got ${shown(operation.output)} after ${named(before)} had got ${shown(before.output)}`,
    );
  }
}
