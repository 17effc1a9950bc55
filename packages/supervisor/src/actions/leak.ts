/** The node's host allocates the memory, and reports when it has all of it. */
import { freemem } from 'node:os';
import type { RequestOf } from '@faultline/actions';
import { type Facts, FaultlineError } from '@faultline/protocol';
import type { NodeProcess } from '../nodes/node-process.ts';
import type { ProcessFault } from '../nodes/process-faults.ts';
import type { NodePerformer } from './perform.ts';

type Leak = NonNullable<RequestOf<'leak'>>;

const kind = 'leak';
/** The largest part of the machine's free memory that may leak. */
const partMax = 0.5;

export const leak: NodePerformer<RequestOf<'leak'>> = {
  check({ length: nodes }, request) {
    if (request === null) return;
    const { bytes, memory } = request;
    const freeBytes = freemem();
    if (bytes * nodes <= partMax * freeBytes) return;
    throw new FaultlineError(
      'BAD_REQUEST',
      `${memory} for ${nodes === 1 ? 'a node' : `each of ${nodes} nodes`} is too much for this machine: ${Math.floor(freeBytes / 1e6)}MB are free, and at most half of that may leak`,
      { bytes, nodes, leftBytes: freeBytes },
    );
  },
  perform(node, request) {
    if (request === null) {
      if (node.faults.find(kind, Leaking) === undefined) return;
      node.order(kind, { bytes: 0, bytesPerSecond: null });
      node.faults.end(kind);
      node.record('memory.freed', {});
      return;
    }
    const { bytes, bytesPerSecond, explains } = request;
    node.order(kind, { bytes, bytesPerSecond });
    node.faults.begin(kind, new Leaking(node, request));
    node.record('memory.leaking', { bytes, explains });
  },
};

class Leaking implements ProcessFault {
  readonly #node: NodeProcess;
  readonly #leak: Leak;
  #heldBytes: number | null = null;

  constructor(node: NodeProcess, request: Leak) {
    this.#node = node;
    this.#leak = request;
  }

  receive(facts: Facts): void {
    const bytes = Number(facts.bytes);
    if (!Number.isSafeInteger(bytes)) return;
    this.#heldBytes = bytes;
    this.#node.record('memory.leaked', { bytes });
  }

  status() {
    const { bytes, bytesPerSecond, explains } = this.#leak;
    const facts = { bytes, bytesPerSecond, heldBytes: this.#heldBytes };
    return { explains, endsInMs: null, facts };
  }
}
