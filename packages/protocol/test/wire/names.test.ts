import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NameCache } from '../../src/index.ts';

test('a cached name equals the decoded one, even if the bytes are not UTF-8', () => {
  const bytes = fc.uint8Array({ maxLength: 6, max: 255 });
  fc.assert(
    fc.property(fc.array(bytes, { minLength: 1, maxLength: 50 }), (names) => {
      const cache = new NameCache();
      // Twice, so that each name is once read for the first time and once found.
      for (const name of [...names, ...names]) {
        const buffer = Buffer.concat([Buffer.from('before'), name, Buffer.from('after')]);
        const text = Buffer.from(name).toString('utf8');
        expect(cache.read(buffer, 6, 6 + name.length)).toBe(text);
      }
    }),
  );
});

test('a cache keeps its own bytes: the buffer of a name may be reused', () => {
  const cache = new NameCache();
  const buffer = Buffer.alloc(4);
  // More than there are slots, so that names of one slot follow each other.
  for (let i = 1000; i < 6000; i++) {
    buffer.write(String(i));
    expect(cache.read(buffer, 0, 4)).toBe(String(i));
  }
});

test('more names than fit into the cache are still read correctly', () => {
  const cache = new NameCache();
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 5000; i++) {
      const name = `node-${i}`;
      expect(cache.read(Buffer.from(name), 0, name.length)).toBe(name);
    }
  }
});
