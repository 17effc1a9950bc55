import fc from 'fast-check';

/** Any code point but halves of surrogate pairs, which are no text. */
export const anyCharacter = fc
  .integer({ min: 0, max: 0x10f7ff })
  .map((point) => String.fromCodePoint(point < 0xd800 ? point : point + 0x800));
const inherited = fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty');

/**
 * Any text, names that every object inherits included. The same as `fc.string({ unit: 'binary' })`,
 * each call of which makes a table of all of Unicode.
 */
export const anyText = (length: fc.ArrayConstraints = {}): fc.Arbitrary<string> =>
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.array(anyCharacter, length).map((characters) => characters.join('')),
    },
    { weight: 1, arbitrary: inherited },
  );
