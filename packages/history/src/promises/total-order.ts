/**
 * Total order broadcast, from what each node delivered.
 *
 * X. Défago, A. Schiper, P. Urbán, "Total Order Broadcast and Multicast Algorithms", ACM Computing
 * Surveys 36(4), 2004, in the uniform form (also of nodes that are faulty):
 *
 *   integrity    a node delivers a message once at most, and only if it was broadcast
 *   total order  two nodes deliver the messages that both deliver in the same order
 *   agreement    what one node delivers, all correct nodes deliver
 *   validity     what was acknowledged, all correct nodes deliver
 *
 * The last two come true in the end only, so they are judged of logs that are final. Messages are
 * the inputs of `broadcast` operations (or `add`), each of its own value.
 */
import type { Json } from '@faultline/protocol';
import { canonicalText } from '../canonical.ts';
import type { CheckResult, History, Operation } from '../operation.ts';
import { named } from '../shown.ts';
import { isAdd } from './answers.ts';
import { Judgement } from './judgement.ts';

export interface TotalOrderOptions {
  /** By node: what it delivered, in order. See `logsOf`. */
  readonly logs: Readonly<Record<string, readonly Json[]>>;
  /** Nodes that must have delivered everything; default all with a log. */
  readonly correct?: readonly string[];
  /** Whether the logs were taken when all was delivered that ever will be; default true. */
  readonly isFinal?: boolean;
}

export function checkTotalOrder(
  history: History,
  { logs, correct = Object.keys(logs), isFinal = true }: TotalOrderOptions,
): CheckResult {
  const judgement = new Judgement('total order broadcast');
  const broadcasts = new Map<string, Operation>();
  for (const operation of history.operations.filter(isAdd)) {
    broadcasts.set(canonicalText(operation.input), operation);
  }
  const positions = new Map<string, Map<string, number>>();
  for (const [node, log] of Object.entries(logs)) {
    positions.set(node, integrity(node, log, broadcasts, judgement));
  }
  const nodes = [...positions.keys()];
  for (const [i, a] of nodes.entries()) {
    for (const b of nodes.slice(i + 1)) sameOrder(a, b, positions, judgement);
  }
  if (isFinal) everywhere(correct, positions, broadcasts, judgement);
  const delivered = [...positions.values()].reduce((sum, log) => sum + log.size, 0);
  const unreported = `no node reported what it delivered; a program does so with node.event('deliver', { message })`;
  return judgement.result(
    delivered,
    'deliveries',
    { broadcasts: broadcasts.size },
    { notes: delivered === 0 ? [unreported] : [] },
  );
}

function integrity(
  node: string,
  log: readonly Json[],
  broadcasts: ReadonlyMap<string, Operation>,
  judgement: Judgement,
): Map<string, number> {
  const positions = new Map<string, number>();
  for (const [i, value] of log.entries()) {
    const message = canonicalText(value);
    const by = broadcasts.get(message);
    if (by === undefined) {
      judgement.problem('created', [], `${node} delivered ${message}, which no client broadcast`);
    } else if (by.type === 'fail') {
      judgement.problem(
        'created',
        [by.index],
        `${node} delivered ${message}, whose broadcast had failed: ${named(by)}`,
      );
    }
    if (positions.has(message)) {
      judgement.problem('duplicated', [], `${node} delivered ${message} more than once`);
    } else positions.set(message, i);
  }
  return positions;
}

function sameOrder(
  a: string,
  b: string,
  positions: ReadonlyMap<string, ReadonlyMap<string, number>>,
  judgement: Judgement,
): void {
  const inA = positions.get(a)!;
  let before: string | null = null;
  for (const message of positions.get(b)!.keys()) {
    if (!inA.has(message)) continue;
    if (before !== null && inA.get(message)! < inA.get(before)!) {
      judgement.problem(
        'order',
        [],
        `${a} delivered ${message} before ${before}, and ${b} delivered ${before} before ${message}`,
      );
      return;
    }
    before = message;
  }
}

function everywhere(
  correct: readonly string[],
  positions: ReadonlyMap<string, ReadonlyMap<string, number>>,
  broadcasts: ReadonlyMap<string, Operation>,
  judgement: Judgement,
): void {
  const deliveredBy = new Map<string, string>();
  for (const [node, log] of positions) {
    for (const message of log.keys()) {
      if (!deliveredBy.has(message)) deliveredBy.set(message, node);
    }
  }
  const due = new Set(deliveredBy.keys());
  for (const [message, { type }] of broadcasts) if (type === 'ok') due.add(message);
  for (const message of due) {
    const missing = correct.filter((node) => positions.get(node)?.has(message) !== true);
    if (missing.length === 0) continue;
    const by = deliveredBy.get(message);
    const operation = broadcasts.get(message);
    judgement.problem(
      by === undefined ? 'validity' : 'agreement',
      operation === undefined ? [] : [operation.index],
      by === undefined
        ? `${named(operation!)} of ${message} was acknowledged, but no node delivered it`
        : `${by} delivered ${message} and ${missing.join(', ')} did not`,
    );
  }
}
