/**
 * Descriptors run out in two ways: the node's host opens them, and where there is `prlimit` its limit is
 * lowered first, so that few are enough. A program without our SDK has only the second.
 */
import type { AskedOf } from '@faultline/actions';
import { type Facts, FaultlineError } from '@faultline/protocol';
import { lowerDescriptorLimit, setDescriptorLimit } from '../nodes/descriptor-limit.ts';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProcessFault } from '../nodes/process-faults.ts';
import type { NodePerformer } from './perform.ts';

const kind = 'exhaust';
/** So few that they cost nothing and are opened at once, where the limit can be lowered. */
const descriptorsLeft = 32;

export const exhaust: NodePerformer<AskedOf<'exhaust'>> = {
  perform: (node, count) => (count === 'off' ? giveBack(node) : take(node, count)),
};

async function take(node: NodeProcess, count: number | null): Promise<void> {
  const pid = node.requirePid();
  const { hasSdk: isOurs } = node;
  const limitBefore =
    count === null ? await lowerDescriptorLimit(pid, isOurs ? descriptorsLeft : 0) : null;
  if (!isOurs && limitBefore === null) {
    throw new FaultlineError(
      'NODE_CANNOT',
      `${node.id} runs a program without our SDK: only \`prlimit\` of Linux could take its descriptors, ${count === null ? 'and that is not here' : 'all of them and not a number'}`,
      { node: node.id },
    );
  }
  const earlier = node.faults.find(kind, DescriptorsTaken)?.limitBefore ?? null;
  if (isOurs) node.order(kind, { count });
  const taken = new DescriptorsTaken(node, count, earlier ?? limitBefore);
  node.faults.begin(kind, taken);
  if (!isOurs) taken.receive({ count: 0, errno: 'EMFILE' });
}

async function giveBack(node: NodeProcess): Promise<void> {
  const pid = node.requirePid();
  const taken = node.faults.find(kind, DescriptorsTaken);
  if (taken === undefined) return;
  node.faults.end(kind);
  if (taken.limitBefore !== null) await setDescriptorLimit(pid, taken.limitBefore).catch(() => {});
  if (node.hasSdk) node.order(kind, { count: 0 });
  node.record('descriptors.freed', {});
}

class DescriptorsTaken implements ProcessFault {
  /** Null: it was not lowered. */
  readonly limitBefore: number | null;
  readonly #node: NodeProcess;
  /** Null: all of them. */
  readonly #asked: number | null;
  #count: number | null = null;

  constructor(node: NodeProcess, asked: number | null, limitBefore: number | null) {
    this.#node = node;
    this.#asked = asked;
    this.limitBefore = limitBefore;
  }

  receive({ count, errno }: Facts): void {
    if (!Number.isSafeInteger(count)) return;
    this.#count = Number(count);
    this.#node.record('descriptors.taken', {
      count: this.#count,
      errno: typeof errno === 'string' ? errno : null,
    });
  }

  status() {
    const count = this.#count;
    // Until the process reports, what was asked for: nothing stands for all of them.
    const taken = count ?? this.#asked ?? 0;
    const explains = taken === 0 ? 'has no descriptors left' : `${taken} descriptors taken`;
    return { explains, endsInMs: null, facts: { count } };
  }
}
