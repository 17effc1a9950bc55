/**
 * Names of nodes and clients, and ranges of them. A range looks like a name (`n1-n3` has only
 * characters that a name may have), so texts that look like one are not names, and neither are the
 * words of the selectors.
 */
const nameLengthMax = 64;
const nameForm = /^[A-Za-z][A-Za-z0-9_.-]*$/;
const rangeForm = /^([A-Za-z][A-Za-z0-9_.-]*?)(0|[1-9]\d{0,8})-\1(0|[1-9]\d{0,8})$/;

/** Words that stand for the members that they describe at the moment, so no member may have such a name. */
const words: ReadonlySet<string> = new Set([
  'all',
  'any',
  'clients',
  'leader',
  'majority',
  'minority',
  'random',
  'rest',
]);

/** Whether a node or client may have this name. */
export function isName(text: string): boolean {
  return (
    text.length <= nameLengthMax &&
    nameForm.test(text) &&
    !words.has(text) &&
    asRange(text) === null
  );
}

export interface NameRange {
  readonly prefix: string;
  readonly from: number;
  readonly to: number;
}

export function asRange(text: string): NameRange | null {
  // Two names and a dash; the pattern looks back, so it is not for texts of any length.
  if (text.length > 2 * nameLengthMax + 1) return null;
  const [, prefix, from, to] = rangeForm.exec(text) ?? [];
  if (prefix === undefined) return null;
  return { prefix, from: Number(from), to: Number(to) };
}

export function namesOfRange({ prefix, from, to }: NameRange): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => `${prefix}${from + i}`);
}

export function isInRange({ prefix, from, to }: NameRange, name: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const digits = name.slice(prefix.length);
  return /^(0|[1-9]\d*)$/.test(digits) && Number(digits) >= from && Number(digits) <= to;
}
