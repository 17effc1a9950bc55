/**
 * The two texts of a match that have their own grammar:
 *
 *   size    >10kB   >=10kB   <1kB   <=1kB   1kB..10kB   ..1kB   10kB..      of the body, ends included
 *   field   key=x   entry.term=3   entries.0.op="put"
 *
 * A field's value is compared in the form in which it is typed: `3` is the number 3 and the text "3".
 */
import { FaultlineError, parseSize } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { read } from './settings.ts';

export interface Sizes {
  /** In canonical form. */
  readonly text: string;
  /** Bytes, inclusive. */
  readonly least: number;
  readonly most: number;
}

export function readSizes(property: string, text: string): Sizes {
  const expected = 'a size with its direction, such as >10kB, <=1kB or 1kB..10kB';
  const bytes = (part: string): number => read(property, part, parseSize);
  const [, sign, size] = /^\s*([<>]=?)(.*)$/s.exec(text) ?? [];
  if (sign !== undefined) {
    const at = bytes(size!);
    const isExact = sign.length === 2;
    if (sign[0] === '>') {
      const least = isExact ? at : at + 1;
      return { text: `${sign}${at}B`, least, most: Number.POSITIVE_INFINITY };
    }
    if (!isExact && at === 0) throw misfit(property, 'a size that a body can have', text);
    return { text: `${sign}${at}B`, least: 0, most: isExact ? at : at - 1 };
  }
  const parts = text.split('..').map((part) => part.trim());
  const [from = '', to = ''] = parts;
  if (parts.length !== 2 || (from === '' && to === '')) throw misfit(property, expected, text);
  const least = from === '' ? 0 : bytes(from);
  const most = to === '' ? Number.POSITIVE_INFINITY : bytes(to);
  if (least > most) throw misfit(property, 'the smaller size first, then the larger one', text);
  return { text: `${least}B..${to === '' ? '' : `${most}B`}`, least, most };
}

export interface Field {
  readonly path: string;
  readonly value: string;
}

export function readField(property: string, text: string): Field {
  const at = text.indexOf('=');
  const path = text.slice(0, at).trim();
  if (at < 1 || !isPath(path)) {
    throw misfit(property, 'a field and its value, such as key=x or entry.term=3', text);
  }
  const value = text.slice(at + 1).trim();
  return { path, value: normalValue(value) };
}

/** Names and numbers joined by dots. */
export function isPath(path: string): boolean {
  return /^[^.\s=]+(\.[^.\s=]+)*$/.test(path);
}

/** JSON in its shortest form; a quoted text without its quotes; anything else as it is. */
function normalValue(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'string' ? value : JSON.stringify(value);
  } catch {
    return text;
  }
}

function misfit(property: string, expected: string, text: string): FaultlineError {
  return new FaultlineError('BAD_RULE', `expected ${expected}, got ${shown(text)}`, {
    property,
    expected,
    text,
    at: 0,
  });
}
