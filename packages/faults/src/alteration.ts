/**
 * Changes to a message, as data that a decision can carry: which change it is follows from draws
 * alone, what comes of it from the body.
 */
import type { Json } from '@faultline/protocol';

export type Alteration =
  /** Flips these bits of the body; bit 0 is the lowest of the first byte. */
  | { readonly how: 'bits'; readonly bits: readonly number[] }
  /** Changes one value of the body a little. Both are draws: which value, and how. */
  | { readonly how: 'field'; readonly which: number; readonly change: number }
  /** Writes a value into a field, whatever was there. */
  | { readonly how: 'set'; readonly path: string; readonly value: Json }
  /** Claims another sender. */
  | { readonly how: 'source'; readonly src: string };
