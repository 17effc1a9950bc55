/** Where the stamps of writes come from: the node's wall clock, or its hybrid logical clock. */
import type { Node } from '@faultline/node';
import { malformed } from '../common/read.ts';
import type { Stamp } from './store.ts';

export interface Stamps {
  /** A stamp that no other write has. */
  next(): Stamp;
  /** A stamp on this node's disk, before the first `next`. Throws RangeError for one of the other order. */
  resume(stamp: Stamp): void;
  /** A stamp that another node sent. Throws RpcError 12 for one of the other order. */
  observe(stamp: Stamp): void;
}

/** A wall clock that was set back by more than this is believed, as the last write then loses. */
const sameMomentUs = 1000;
/** Fixed width, so that texts compare as times do: exact from before 1970 until after 2100. */
const wallOffsetUs = 4e15;
const wallForm = /^\d{16}$/;

export function wallStamps({ clock, id }: Node): Stamps {
  let lastUs = 0;
  return {
    next() {
      let nowUs = Math.round(clock.wall() * 1000);
      if (nowUs <= lastUs && lastUs - nowUs < sameMomentUs) nowUs = lastUs + 1;
      lastUs = nowUs;
      const us = Math.max(0, Math.min(Number.MAX_SAFE_INTEGER, nowUs + wallOffsetUs));
      return { time: String(us).padStart(16, '0'), node: id };
    },
    resume({ time, node }) {
      if (!wallForm.test(time)) throw otherOrder('wall', time);
      // A clock that stands still gives the stamps of the start before again.
      if (node === id) lastUs = Math.max(lastUs, Number(time) - wallOffsetUs);
    },
    observe({ time }) {
      if (!wallForm.test(time)) throw malformed('a stamp of order=wall, 16 digits', time);
    },
  };
}

export function hybridStamps({ clock, id }: Node): Stamps {
  return {
    next: () => ({ time: clock.hybrid(), node: id }),
    resume({ time }) {
      try {
        clock.observeHybrid(time);
      } catch {
        throw otherOrder('hybrid', time);
      }
    },
    observe({ time }) {
      try {
        clock.observeHybrid(time);
      } catch {
        throw malformed('a stamp of order=hybrid, such as 001736942400000.00003', time);
      }
    },
  };
}

const otherOrder = (order: string, time: string): RangeError =>
  new RangeError(
    `kv: the disk holds a write with the stamp ${time}, which order=${order} cannot compare: keep the order that wrote it, or start with --wipe`,
  );
