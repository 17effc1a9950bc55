/**
 * Histories as text, one operation a line: process, when, what, and what was answered.
 *
 *     c1 0..2 write 1
 *     c2 1..3 read → 1
 *     c3 2..? cas [1,2]        unknown
 *     c3 4..5 cas [1,2] ✗ 22   failed with code 22
 *     c1 6..7 x: read → 1      about key x
 */
import type { Json } from '@faultline/protocol';
import type { Operation } from '../../src/index.ts';

const linePattern =
  /^(\S+) (\d+)\.\.(\d+|\?) (?:(\w+): )?(\w+)(?: (?!→|✗)(.+?))?(?: → (.+)| ✗ ?(\d+)?)?$/;

export function history(text: string): Operation[] {
  const lines = text.trim().split('\n');
  return lines.map((line, index): Operation => {
    const found = linePattern.exec(line.trim());
    if (found === null) throw new Error(`not an operation: ${line}`);
    const [, process, from, to, key, f, input, output, code] = found;
    const isFailed = line.includes('✗');
    return {
      index,
      process: process!,
      f: f!,
      ...(key === undefined ? {} : { key }),
      input: input === undefined ? null : (JSON.parse(input) as Json),
      invokedMs: Number(from),
      endedMs: to === '?' ? null : Number(to),
      ...(code === undefined ? {} : { error: { code: Number(code), text: 'refused' } }),
      ...(to === '?' || isFailed
        ? { type: isFailed ? 'fail' : 'info' }
        : { type: 'ok', output: output === undefined ? null : (JSON.parse(output) as Json) }),
    };
  });
}
