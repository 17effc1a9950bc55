/**
 * How deep and how long data is as JSON, measured without recursion: `JSON.parse` takes any depth, and
 * `JSON.stringify` and schema checks overflow the stack some thousand levels down.
 */

/** Levels of lists and objects: far more than anyone nests, and far fewer than any reader survives. */
export const jsonDepthMax = 500;

/** A text or a number has no level, `[]` and `{}` have one. */
export function isDeeperThan(value: unknown, levels: number): boolean {
  for (const [, depth] of walk(value)) if (depth > levels) return true;
  return false;
}

/** Bytes of what `JSON.parse` returned, as JSON again. */
export function jsonBytes(value: unknown): number {
  let bytes = 0;
  for (const [each] of walk(value)) {
    if (Array.isArray(each)) bytes += frameBytes(each.length);
    else if (typeof each === 'object' && each !== null) {
      const names = Object.keys(each);
      bytes += frameBytes(names.length) + names.length;
      for (const name of names) bytes += Buffer.byteLength(JSON.stringify(name));
    } else bytes += Buffer.byteLength(JSON.stringify(each) ?? '');
  }
  return bytes;
}

/** Brackets and commas. */
const frameBytes = (length: number): number => 2 + Math.max(0, length - 1);

function* walk(value: unknown): Generator<readonly [value: unknown, depth: number]> {
  const open: (readonly [unknown, number])[] = [[value, 0]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [each, above] = next;
    const isNested = typeof each === 'object' && each !== null;
    const depth = isNested ? above + 1 : above;
    yield [each, depth];
    if (isNested) for (const inner of Object.values(each)) open.push([inner, depth]);
  }
}
