/**
 * Text from anywhere, made fit for a terminal: what moves the cursor, breaks the line or hides other text
 * shows as a replacement character, so that no text can forge a line of output. Everything that shows a text
 * of a program, a message or a file uses one of these.
 */
/** The block of tags is invisible, its unassigned characters as well. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\u{e0000}-\u{e007f}]/gu;
/** The sequences that set colors and weight of text; they move nothing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an escape sequence begins with one
const color = /\x1b\[[0-9;]*m/g;

/** One line. */
export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}

/** Several lines. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

/** One line of a program's output: its colors and tabs stay. */
export function printableOutput(text: string): string {
  const colors = text.match(color) ?? [];
  return text
    .split(color)
    .map((part, at) => part.split('\t').map(printable).join('\t') + (colors[at] ?? ''))
    .join('');
}

/** JSON on one line; as data it is the same as that of `JSON.stringify`. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(unprintable, escaped);
}

function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
