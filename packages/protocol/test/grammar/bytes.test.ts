import { describe, expect, test } from 'vitest';
import { parseRate, parseSize } from '../../src/grammar/index.ts';
import { expectRefusal } from './helpers.ts';

describe('parseRate', () => {
  test.each([
    ['100kB/s', 100_000],
    ['1MB/s', 1_000_000],
    ['1mbit', 125_000],
    ['64kbit/s', 8000],
    ['64Kibit', 8192],
    ['1.5MiB/s', 1_572_864],
    ['9bit', 1.125],
    ['3 B/s', 3],
    ['1GB/s', 1e9],
    ['1Tbit', 1.25e11],
    ['0.3kB/s', 300],
  ])('%s is %d bytes per second', (text, bytesPerSecond) => {
    expect(parseRate(text)).toBe(bytesPerSecond);
  });

  const form = 'a rate such as 100kB/s or 1mbit';
  const unit = 'a unit such as kB/s, MB/s, kbit or mbit';
  const range = 'a rate above 0 and below 9 PB/s';
  test.each([
    ['0kB/s', `expected ${range} at character 1 of "0kB/s"`],
    ['0bit', `expected ${range} at character 1 of "0bit"`],
    ['99999TB/s', `expected ${range} at character 1 of "99999TB/s"`],
    ['-1kB/s', `expected ${form} at character 1 of "-1kB/s": it is never negative`],
    ['100', `expected ${unit} after 100 at the end of "100": write 100kB/s or 100kbit`],
    ['100kB', 'expected /s after 100kB at the end of "100kB"'],
    [
      '100kb/s',
      `expected ${unit} after 100 at character 4 of "100kb/s": write kB for bytes or kbit for bits`,
    ],
    [
      '100kbps',
      `expected ${unit} after 100 at character 4 of "100kbps": write kB for bytes or kbit for bits`,
    ],
    ['100foo', `expected ${unit} after 100 at character 4 of "100foo"`],
    ['1mbit/h', 'expected the end after 1mbit at character 6 of "1mbit/h"'],
    ['slow', `expected ${form} at character 1 of "slow"`],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseRate(text), 'BAD_RATE', message);
  });
});

describe('parseSize', () => {
  test.each([
    ['64kB', 64_000],
    ['1MiB', 1_048_576],
    ['100', 100],
    ['100B', 100],
    ['0', 0],
    ['1.5KB', 1500],
    ['0.5KiB', 512],
    ['1GiB', 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  const unit = 'a unit (B, kB, MB, GB, KiB, MiB, GiB)';
  test.each([
    ['1.5', 'expected a whole number of bytes below 9 PB at character 1 of "1.5"'],
    ['99999TB', 'expected a whole number of bytes below 9 PB at character 1 of "99999TB"'],
    ['64kbit', `expected ${unit} after 64 at character 3 of "64kbit": a size counts bytes`],
    [
      '64kb',
      `expected ${unit} after 64 at character 3 of "64kb": write kB for bytes or kbit for bits`,
    ],
    ['64kB/s', 'expected the end after 64kB at character 5 of "64kB/s"'],
    ['-1', 'expected a size such as 64kB or 1MiB at character 1 of "-1": it is never negative'],
  ])('refuses %j', (text, message) => {
    expectRefusal(() => parseSize(text), 'BAD_SIZE', message);
  });
});
