/**
 * Changes to a message, as data in a decision: the change follows from draws alone, its result from the
 * body.
 */
import type { Json } from '@faultline/protocol';

export type Alteration =
  /** Flips these bits of the body; bit 0 is the lowest of the first byte. */
  | { readonly how: 'bits'; readonly bits: readonly number[] }
  /** Changes one value of the body a little. Both are draws: which value, and how. */
  | { readonly how: 'field'; readonly which: number; readonly change: number }
  /** Overwrites a field with a value. */
  | { readonly how: 'set'; readonly path: string; readonly value: Json }
  /** Claims another sender. */
  | { readonly how: 'source'; readonly src: string };
