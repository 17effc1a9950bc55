import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { draws } from '../../../../test/helpers/draws.ts';
import { FaultlineError } from '../../src/errors.ts';
import {
  parseDuration,
  parseGroups,
  parseLinks,
  parseNodes,
  parsePercent,
  parsePpm,
  parseRate,
  parseSize,
  pointAt,
  resolveGroups,
  resolveLinks,
  resolveNodes,
} from '../../src/grammar/index.ts';
import { anyText } from '../helpers/any-text.ts';
import { cluster } from './cluster.ts';
import { refusal } from './helpers.ts';

const { context } = cluster();
const parsers: Record<string, (text: string) => unknown> = {
  parseDuration,
  parsePercent,
  parsePpm,
  parseRate,
  parseSize,
  resolveNodes: (text) => resolveNodes(parseNodes(text), context),
  resolveLinks: (text) => resolveLinks(parseLinks(text), context),
  resolveGroups: (text) => resolveGroups(parseGroups(text), context),
};

describe('an error of the grammar', () => {
  test('has a caret under the offending character', () => {
    expect(pointAt(refusal(() => parseDuration('1m30x')))).toBe('1m30x\n    ^');
    expect(pointAt(refusal(() => parseDuration('5')))).toBe('5\n ^');
    expect(pointAt(refusal(() => parseLinks('n1 => n2')))).toBe('n1 => n2\n   ^');
  });

  test('keeps its facts', () => {
    expect(refusal(() => parseDuration('5x')).facts).toEqual({
      text: '5x',
      at: 1,
      expected: 'a unit (ns, us, µs, ms, s, m, h, d)',
    });
  });

  test('counts characters, not UTF-16 units', () => {
    const error = refusal(() => parseNodes('n1,n2 😀😀x'));
    expect(error.message).toBe('expected a comma or the end at character 7 of "n1,n2 😀😀x"');
    const later = refusal(() => parsePercent('5%😀'));
    expect(pointAt(later)).toBe('5%😀\n  ^');
  });

  test('counts characters before the place as well', () => {
    const error = refusal(() => parseNodes('😀'.repeat(40_000)));
    expect(error.message).toContain('the end after 65536 characters at character 32769 of');
  });

  test('shows only the context of the error in a long text', () => {
    const error = refusal(() => parseNodes(`${'n1,'.repeat(100)}?${',n1'.repeat(100)}`));
    const [shown = '', caret = ''] = pointAt(error)!.split('\n');
    expect(shown).toBe(`…${'n1,'.repeat(100).slice(-32)}?${',n1'.repeat(100).slice(0, 31)}…`);
    expect(shown[caret.indexOf('^')]).toBe('?');
    expect(error.message).toContain(`at character 301 of "${shown}"`);
  });

  test('shows nothing that would move the cursor', () => {
    const error = refusal(() => parseDuration('5\u001b[31m\n\u202es\ud800'));
    expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    expect(pointAt(error)).toBe('5\ufffd[31m\ufffd\ufffds\ufffd\n ^');
  });

  test('has no caret when it is not about a position', () => {
    expect(pointAt(new FaultlineError('INTERNAL', 'no'))).toBeNull();
  });
});

describe.each(Object.entries(parsers))('%s', (_, parse) => {
  const words = [
    ...[
      '5',
      '0',
      '1.5',
      '99999999999999999999',
      '50',
      '.',
      '-',
      '+',
      '%',
      'ms',
      's',
      'm',
      'h',
      'd',
    ],
    ...[
      'kB/s',
      'mbit',
      'MiB',
      'ppm',
      ' ',
      ',',
      ';',
      '|',
      '>',
      '<',
      '<>',
      '*',
      ':',
      'n1',
      'n2',
      'n9',
    ],
    ...[
      'n1-n3',
      'c1',
      'all',
      'any',
      'clients',
      'majority',
      'minority',
      'random',
      'leader',
      'rest',
      '\n',
    ],
  ];
  const text = fc.oneof(
    anyText({ maxLength: 60 }),
    fc.array(fc.constantFrom(...words), { maxLength: 12 }).map((parts) => parts.join('')),
  );

  test('accepts any text or rejects it in one line that names a position', () => {
    fc.assert(
      fc.property(text, (given) => {
        try {
          parse(given);
        } catch (error) {
          // One assertion a run: each costs more than a parse.
          const { message, facts } = error as FaultlineError;
          const at = Number(facts.at);
          expect({
            isOurs: error instanceof FaultlineError,
            controls: /\p{Cc}/u.exec(message),
            text: facts.text,
            isWithin: at >= 0 && at <= given.length,
            lines: pointAt(error as FaultlineError)!.split('\n').length,
          }).toEqual({ isOurs: true, controls: null, text: given, isWithin: true, lines: 2 });
        }
      }),
      { numRuns: draws(300) },
    );
  });

  test.each(['1', ' ', 'n1,', 'n', 'n1-', '1s', '(', 'n1>n2;', '0.', 'n1|'])(
    'is done at once with very much of %j',
    (sample) => {
      const startMs = performance.now();
      for (const length of [65_536, 65_537, 1_000_000]) {
        const given = sample.repeat(Math.ceil(length / sample.length)).slice(0, length);
        try {
          parse(given);
        } catch (error) {
          expect(error).toBeInstanceOf(FaultlineError);
          if (length > 65_536)
            expect((error as Error).message).toContain('the end after 65536 characters');
        }
      }
      expect(performance.now() - startMs).toBeLessThan(5000);
    },
  );

  test.each([undefined, null, 5, {}, ['5ms']])('rejects %j, which is not a string', (given) => {
    expect(refusal(() => parse(given as never)).message).toMatch(/^expected a text, got /);
  });
});
