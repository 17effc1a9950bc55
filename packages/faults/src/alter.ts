/**
 * Applies alterations: bytes in, bytes out. The same alteration of the same body gives the same bytes. If it
 * finds nothing to change, it returns the body unchanged.
 */
import { type Body, fieldAt } from '@faultline/protocol';
import type { Alteration } from './alteration.ts';

/** The body as it arrives. */
export function alterBody(body: Uint8Array, alterations: readonly Alteration[]): Uint8Array {
  return alterations.reduce(alterOnce, body);
}

/** The claimed source of the message. */
export function sourceAfter(src: string, alterations: readonly Alteration[]): string {
  return alterations.reduce((claimed, by) => (by.how === 'source' ? by.src : claimed), src);
}

function alterOnce(body: Uint8Array, alteration: Alteration): Uint8Array {
  switch (alteration.how) {
    case 'source':
      return body;
    case 'bits':
      return flip(body, alteration.bits);
    case 'field':
      return asJson(body, (value) => changeLeaf(value, alteration));
    case 'set':
      return asJson(body, (value) => set(value, alteration.path, alteration.value));
  }
}

function flip(body: Uint8Array, bits: readonly number[]): Uint8Array {
  const flipped = Uint8Array.from(body);
  for (const bit of bits) {
    const at = bit >> 3;
    if (at < flipped.length) flipped[at]! ^= 1 << (bit & 7);
  }
  return flipped;
}

/** `change` alters the value in place and returns whether it did. */
function asJson(body: Uint8Array, change: (value: unknown) => boolean): Uint8Array {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    return change(value) ? new TextEncoder().encode(JSON.stringify(value)) : body;
  } catch {
    return body;
  }
}

function set(body: unknown, path: string, value: unknown): boolean {
  if (fieldAt(body, path) === undefined) return false;
  const names = path.split('.');
  const last = names.pop()!;
  const parent = names.length === 0 ? body : fieldAt(body, names.join('.'));
  (parent as Record<string, unknown>)[last] = value;
  return true;
}

/** A value that is neither a list nor an object, and its place. */
interface Leaf {
  readonly parent: Record<string, unknown>;
  readonly name: string;
  readonly value: unknown;
  /** Part of the message's head: its type, or a number that pairs requests with replies. */
  readonly isHead: boolean;
}

const headNames: ReadonlySet<string> = new Set([
  'type',
  'msg_id',
  'in_reply_to',
] satisfies (keyof Body)[]);

function changeLeaf(body: unknown, { which, change }: { which: number; change: number }): boolean {
  const all = [...leaves(body, true)];
  // A message with a changed type or number is not accepted; one with changed content is accepted and wrong.
  const contents = all.filter(({ isHead }) => !isHead);
  const among = contents.length > 0 ? contents : all;
  const leaf = among[Math.floor(which * among.length)];
  if (leaf === undefined) return false;
  leaf.parent[leaf.name] = changed(leaf.value, change);
  return true;
}

function* leaves(value: unknown, isBody = false): Generator<Leaf> {
  if (typeof value !== 'object' || value === null) return;
  const parent = value as Record<string, unknown>;
  for (const [name, nested] of Object.entries(parent)) {
    if (typeof nested === 'object' && nested !== null) yield* leaves(nested);
    else yield { parent, name, value: nested, isHead: isBody && headNames.has(name) };
  }
}

/** A different value of the same kind; `draw` in [0, 1) selects it. */
function changed(value: unknown, draw: number): unknown {
  switch (typeof value) {
    case 'boolean':
      return !value;
    case 'number':
      return changedNumber(value, draw);
    case 'string':
      return changedText(value, draw);
    default:
      return 0;
  }
}

/** One more, one less, or another digit. */
function changedNumber(value: number, draw: number): number {
  if (draw < 0.25 && value + 1 !== value) return value + 1;
  if (draw < 0.5 && value - 1 !== value) return value - 1;
  const text = String(value);
  const digits = [...text].flatMap((character, i) => (/\d/.test(character) ? [i] : []));
  const place = (draw * 2 - 1) * digits.length;
  const at = digits[Math.max(0, Math.floor(place))]!;
  const digit = (Number(text[at]) + 1 + Math.floor((place - Math.floor(place)) * 9)) % 10;
  const other = Number(`${text.slice(0, at)}${digit}${text.slice(at + 1)}`);
  // A digit beyond the precision of a double does not change the number, and an exponent may overflow.
  return Number.isFinite(other) && other !== value ? other : value === 0 ? 1 : value / 2;
}

const alphabets = ['abcdefghijklmnopqrstuvwxyz', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '0123456789'];

/** Replaces one character, a letter by a letter and a digit by a digit. */
function changedText(text: string, draw: number): string {
  const characters = [...text];
  if (characters.length === 0) return 'x';
  const place = draw * characters.length;
  const at = Math.floor(place);
  const was = characters[at]!;
  const alphabet = alphabets.find((each) => each.includes(was)) ?? alphabets[0]!;
  const others = [...alphabet].filter((character) => character !== was);
  characters[at] = others[Math.floor((place - at) * others.length)]!;
  return characters.join('');
}
