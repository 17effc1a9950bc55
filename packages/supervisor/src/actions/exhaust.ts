/**
 * Exhausts file descriptors: the node's host opens them. If `prlimit` is available, its limit is lowered
 * first, so that few are enough. For a program without our SDK, only the limit is lowered.
 */
import type { RequestOf } from '@faultline/actions';
import { type Facts, FaultlineError } from '@faultline/protocol';
import { lowerDescriptorLimit, setDescriptorLimit } from '../nodes/descriptor-limit.ts';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProcessFault } from '../nodes/process-faults.ts';
import type { NodePerformer } from './perform.ts';

const kind = 'exhaust';
/** Number of descriptors to open if the limit can be lowered: few, so that they are cheap and fast to open. */
const descriptorsLeft = 32;

export const exhaust: NodePerformer<RequestOf<'exhaust'>> = {
  perform: (node, count) => (count === 'off' ? free(node) : take(node, count)),
};

async function take(node: NodeProcess, count: number | null): Promise<void> {
  const pid = node.requirePid();
  const { hasSdk } = node;
  const limitBefore =
    count === null ? await lowerDescriptorLimit(pid, hasSdk ? descriptorsLeft : 0) : null;
  if (!hasSdk && limitBefore === null) {
    throw new FaultlineError(
      'NODE_CANNOT',
      `${node.id} runs a program without our SDK: only Linux's \`prlimit\` can exhaust its descriptors, ${count === null ? 'and it is not available here' : 'all of them and not a number'}`,
      { node: node.id },
    );
  }
  const earlier = node.faults.find(kind, DescriptorsTaken)?.limitBefore ?? null;
  if (hasSdk) node.order(kind, { count });
  const taken = new DescriptorsTaken(node, count, earlier ?? limitBefore);
  node.faults.begin(kind, taken);
  if (!hasSdk) taken.receive({ count: 0, errno: 'EMFILE' });
}

async function free(node: NodeProcess): Promise<void> {
  const pid = node.requirePid();
  const taken = node.faults.find(kind, DescriptorsTaken);
  if (taken === undefined) return;
  node.faults.end(kind);
  if (taken.limitBefore !== null) await setDescriptorLimit(pid, taken.limitBefore).catch(() => {});
  if (node.hasSdk) node.order(kind, { count: 0 });
  node.record('descriptors.freed', {});
}

class DescriptorsTaken implements ProcessFault {
  /** The limit before it was lowered; null: it was not. */
  readonly limitBefore: number | null;
  readonly #node: NodeProcess;
  /** The requested number; null: all of them. */
  readonly #requested: number | null;
  #count: number | null = null;

  constructor(node: NodeProcess, requested: number | null, limitBefore: number | null) {
    this.#node = node;
    this.#requested = requested;
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
    // Until the process reports, show the requested number; 0 means all of them.
    const taken = count ?? this.#requested ?? 0;
    const explains = taken === 0 ? 'has no descriptors left' : `${taken} descriptors taken`;
    return { explains, endsInMs: null, facts: { count } };
  }
}
