/**
 * Timestamps of the hybrid logical clock: how they compare, and their two compact forms.
 *
 * `l` is a moment in milliseconds since 1970, close to the wall clock; `c` counts events within
 * the same `l`. Timestamps order by `l`, then by `c`.
 *
 *   packed  a bigint of 64 bits: 48 for l (up to the year 10889) and 16 for c, compared as a
 *           plain integer. The paper's "Compact Timestamping using l and c" divides the bits so
 *           too, but of NTP's format; whole milliseconds are easier to read
 *   text    `001736942400000.00003`: fixed width, so that sorting as text sorts by time
 *
 * The clock that makes them is in hybrid-clock.ts.
 */
export interface HybridTimestamp {
  readonly l: number;
  readonly c: number;
}

export const MAX_L = 2 ** 48 - 1;
export const MAX_C = 2 ** 16 - 1;

const TEXT_FORM = /^(\d{15})\.(\d{5})$/;
const L_DIGITS = 15;
const C_DIGITS = 5;

/** Negative when a is earlier, positive when it is later, 0 when they are the same. */
export function compare(a: HybridTimestamp, b: HybridTimestamp): number {
  return a.l - b.l || a.c - b.c;
}

/** Whether both parts are whole numbers that fit their bits. */
export function isTimestamp({ l, c }: HybridTimestamp): boolean {
  return isWholeUpTo(MAX_L, l) && isWholeUpTo(MAX_C, c);
}

export function pack(timestamp: HybridTimestamp): bigint {
  requireTimestamp(timestamp);
  return (BigInt(timestamp.l) << 16n) | BigInt(timestamp.c);
}

export function unpack(packed: bigint): HybridTimestamp {
  if (BigInt.asUintN(64, packed) !== packed) {
    throw new RangeError(
      `a packed timestamp must be an unsigned integer of 64 bits, got ${packed}`,
    );
  }
  return { l: Number(packed >> 16n), c: Number(packed & 0xffffn) };
}

export function format(timestamp: HybridTimestamp): string {
  requireTimestamp(timestamp);
  const l = String(timestamp.l).padStart(L_DIGITS, '0');
  const c = String(timestamp.c).padStart(C_DIGITS, '0');
  return `${l}.${c}`;
}

export function parse(text: string): HybridTimestamp {
  const parts = TEXT_FORM.exec(text);
  if (parts === null) {
    throw new RangeError(`a timestamp must look like 001736942400000.00003, got '${text}'`);
  }
  const timestamp = { l: Number(parts[1]), c: Number(parts[2]) };
  requireTimestamp(timestamp);
  return timestamp;
}

function isWholeUpTo(max: number, value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

function requireTimestamp(timestamp: HybridTimestamp): void {
  if (isTimestamp(timestamp)) return;
  const { l, c } = timestamp;
  throw new RangeError(
    `a timestamp needs a whole l from 0 to 2^48-1 and a whole c from 0 to 65535, got l=${l} c=${c}`,
  );
}
