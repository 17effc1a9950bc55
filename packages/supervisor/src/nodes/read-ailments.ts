/** What is asked of `hang` and `leak`, checked. */
import { freemem } from 'node:os';
import {
  FaultlineError,
  type Hang,
  type LeakMemory,
  parseDuration,
  parseSize,
} from '@faultline/protocol';
import type { Leak } from './ailments.ts';

const hangMsMax = 3_600_000;
/** Of the memory that the machine has left. */
const partMax = 0.5;

/** Throws BAD_DURATION. */
export function readHang(hang: Hang): number {
  const ms = parseDuration(hang.for);
  if (ms > 0 && ms <= hangMsMax) return ms;
  throw new FaultlineError(
    'BAD_DURATION',
    `a node hangs for longer than 0 and at most 1h, not ${hang.for}`,
    { for: hang.for },
  );
}

/** Null: what was leaked is freed. `nodes`: how many are to leak. Throws BAD_SIZE, BAD_REQUEST. */
export function readLeak({ memory, perSecond, off }: LeakMemory, nodes: number): Leak | null {
  if (off === true) {
    if (memory === undefined && perSecond === undefined) return null;
    throw new FaultlineError(
      'BAD_REQUEST',
      'off frees what was leaked: it takes nothing beside it',
    );
  }
  if (memory === undefined) {
    throw new FaultlineError(
      'BAD_REQUEST',
      'expected how much to leak, such as --memory 200MB, or --off',
    );
  }
  const bytes = parseSize(memory);
  const bytesPerSecond = perSecond === undefined ? null : parseSize(perSecond);
  if (bytes === 0 || bytesPerSecond === 0) {
    throw new FaultlineError('BAD_SIZE', 'a leak is larger than 0: to free what leaked, --off');
  }
  const leftBytes = freemem();
  if (bytes * nodes > partMax * leftBytes) {
    throw new FaultlineError(
      'BAD_REQUEST',
      `${memory} for ${nodes === 1 ? 'a node' : `each of ${nodes} nodes`} is too much for this machine: it has ${Math.floor(leftBytes / 1e6)}MB left, of which at most half may leak`,
      { bytes, nodes, leftBytes },
    );
  }
  const pace = perSecond === undefined ? '' : `, ${perSecond} a second`;
  return { bytes, bytesPerSecond, explains: `leaks ${memory}${pace}` };
}
