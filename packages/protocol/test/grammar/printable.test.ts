import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  printable,
  printableJson,
  printableLines,
  printableOutput,
} from '../../src/grammar/printable.ts';
import { anyText } from '../helpers/any-text.ts';

const hostile = fc.array(
  fc.oneof(
    anyText(),
    fc.constantFrom('\x1b[2J', '\x1b]0;title\x07', '\x9b1A', '\r', '\n', '\t', '\u202e', '\u2066'),
    fc.constantFrom(
      '\u2028',
      '\u200b',
      '\ud800',
      '\u{e0041}',
      '\u{e0000}',
      '\x1b[31m',
      'text',
      '"',
      '\\',
    ),
  ),
);
const texts = hostile.map((parts) => parts.join(''));

/** Judged by code point, unlike the code. */
function isHarmless(text: string): boolean {
  return [...text].every((character) => {
    const code = character.codePointAt(0)!;
    const isControl = code < 0x20 || (code >= 0x7f && code < 0xa0);
    const isBidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
    const isSurrogate = code >= 0xd800 && code <= 0xdfff;
    const isTag = code >= 0xe0000 && code <= 0xe007f;
    return !isControl && !isBidi && !isSurrogate && !isTag && code !== 0x2028 && code !== 0x200b;
  });
}

test('no text moves the cursor, breaks the line or hides another', () => {
  fc.assert(fc.property(texts, (text) => isHarmless(printable(text))));
});

test('text of several lines keeps only its line ends', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const lines = printableLines(text).split('\n');
      return lines.length === text.split('\n').length && lines.every(isHarmless);
    }),
  );
});

test('a line of output keeps only colors and tabs', () => {
  fc.assert(
    fc.property(texts, (text) =>
      // biome-ignore lint/suspicious/noControlCharactersInRegex: a color begins with one
      isHarmless(printableOutput(text).replaceAll(/\x1b\[[0-9;]*m|\t/g, '')),
    ),
  );
  expect(printableOutput('\x1b[31mred\x1b[0m\tand \x1b[2Jmore')).toBe(
    '\x1b[31mred\x1b[0m\tand \ufffd[2Jmore',
  );
  expect(printableOutput('user\u202egpj.exe')).toBe('user\ufffdgpj.exe');
});

test('JSON becomes harmless and stays the same data', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const json = printableJson({ [text]: [text] });
      expect(isHarmless(json)).toBe(true);
      expect(JSON.parse(json)).toEqual({ [text]: [text] });
    }),
  );
});
