/**
 * What is counted and what is recorded must not differ: an event whose clock has ticked and whose record then
 * overflows the stack looks like a broken clock in a comparison. So room is made sure of first.
 */

/** Frames between an event and the write of its record, several times over. */
const framesNeeded = 100;

/** Throws RangeError where the stack is almost full. */
export function requireStackRoom(frames = framesNeeded): number {
  return frames === 0 ? 0 : 1 + requireStackRoom(frames - 1);
}
