/**
 * Text from anywhere, made fit for a terminal: what moves the cursor, breaks the line or hides other
 * text shows as a replacement character, so that nobody can forge a line of output.
 */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

export function printable(text: string): string {
  return text.replace(unprintable, '\ufffd');
}
