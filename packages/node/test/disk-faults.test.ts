import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DiskFaults, Json } from '@faultline/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostDisk } from '../src/host/disk.ts';
import { DiskTrouble, soundDisk } from '../src/host/disk-faults.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-disk-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

interface Failure {
  readonly fault: string;
  readonly file: string;
  readonly write: number;
}

class Bench {
  readonly failures: Failure[] = [];
  readonly trouble: DiskTrouble;
  readonly disk: HostDisk;

  constructor(faults: Partial<DiskFaults>, seed = '42', node = 'n1') {
    const onFailure = (fault: string, file: string, write: number): void => {
      this.failures.push({ fault, file, write });
    };
    this.trouble = new DiskTrouble(
      { seed, node, incarnation: 1, onFailure },
      { ...soundDisk, ...faults },
    );
    this.disk = new HostDisk(dir, undefined, this.trouble);
  }

  /** Writes this number of records one by one, and returns which of these writes failed, and how. */
  async write(count: number, file = 'data'): Promise<string[]> {
    const codes: string[] = [];
    for (let i = 0; i < count; i++) {
      this.disk.append(file, i);
      codes.push(
        await this.disk.sync(file).then(
          () => 'ok',
          (error) => error.code,
        ),
      );
    }
    return codes;
  }
}

/** What the next process reads. */
const reread = (file = 'data'): Json[] => new HostDisk(dir).read(file);

describe('a full disk', () => {
  test('rejects every write until there is room, and loses nothing', async () => {
    const bench = new Bench({ full: true });
    expect(await bench.write(2)).toEqual(['DISK_FULL', 'DISK_FULL']);
    await expect(bench.disk.replace('data', [])).rejects.toMatchObject({
      code: 'DISK_FULL',
      message: expect.stringContaining('ENOSPC: no space left on device'),
    });
    expect(bench.disk.read('data')).toEqual([0, 1]);
    expect(reread()).toEqual([]);
    bench.trouble.set(soundDisk);
    await bench.disk.sync('data');
    expect(reread()).toEqual([0, 1]);
    expect(bench.failures.map(({ write }) => write)).toEqual([1, 2, 3]);
  });
});

describe('a disk with errors', () => {
  test('fails the requested share of writes, the same ones each time, and others on another node', async () => {
    const fails = async (seed: string, node: string, file: string): Promise<string> => {
      rmSync(dir, { recursive: true, force: true });
      const codes = await new Bench({ errorShare: 0.3 }, seed, node).write(200, file);
      expect(new Set(codes)).toEqual(new Set(['ok', 'DISK_ERROR']));
      return codes.map((code) => (code === 'ok' ? '.' : 'x')).join('');
    };
    const first = await fails('42', 'n1', 'data');
    // 60 of 200 expected, standard deviation 6.5; five of those.
    expect(Math.abs([...first].filter((each) => each === 'x').length - 60)).toBeLessThan(33);
    expect(await fails('42', 'n1', 'data')).toBe(first);
    for (const [seed, node, file] of [
      ['43', 'n1', 'data'],
      ['42', 'n2', 'data'],
      ['42', 'n1', 'other'],
    ] as const) {
      expect(await fails(seed, node, file)).not.toBe(first);
    }
  });

  test('writes failed records at the next sync', async () => {
    const bench = new Bench({ errorShare: 1 });
    expect(await bench.write(3)).toEqual(['DISK_ERROR', 'DISK_ERROR', 'DISK_ERROR']);
    bench.trouble.set(soundDisk);
    await bench.disk.sync('data');
    expect(reread()).toEqual([0, 1, 2]);
  });
});

describe('a slow disk', () => {
  test('has nothing of a record before the write has ended', async () => {
    const bench = new Bench({ slowMs: [60, 60] });
    bench.disk.append('data', 1);
    let isDone = false;
    const beganMs = performance.now();
    const syncing = bench.disk.sync('data').then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect([isDone, reread()]).toEqual([false, []]);
    await syncing;
    expect(performance.now() - beganMs).toBeGreaterThan(55);
    expect(reread()).toEqual([1]);
  });
});

describe('a disk that tears', () => {
  test('has part of the last record before it is synced, and all of it afterwards', async () => {
    const bench = new Bench({ torn: true });
    await bench.write(1);
    const synced = readFileSync(join(dir, 'data')).length;
    for (let i = 0; i < 50; i++) {
      const before = readFileSync(join(dir, 'data')).length;
      bench.disk.append('data', { number: i, text: 'x'.repeat(i) });
      const torn = readFileSync(join(dir, 'data'));
      expect(torn.length).toBeGreaterThan(before);
      expect(torn.at(-1)).not.toBe(0x0a);
      // All before it are whole, and it is left out.
      expect(reread()).toHaveLength(i + 1);
    }
    await bench.disk.sync('data');
    expect(reread()).toEqual(bench.disk.read('data'));
    expect(readFileSync(join(dir, 'data')).length).toBeGreaterThan(synced);
  });

  test('continues after the tear as if the record had never existed', async () => {
    const bench = new Bench({ torn: true });
    await bench.write(2);
    bench.disk.append('data', 'x'.repeat(300));
    const next = new Bench({ torn: true });
    expect(next.disk.read('data')).toEqual([0, 1]);
    next.disk.append('data', 'short');
    await next.disk.sync('data');
    expect(reread()).toEqual([0, 1, 'short']);
  });

  test('does not affect a file that is being replaced', async () => {
    const bench = new Bench({ torn: true });
    await bench.write(3);
    for (let i = 0; i < 30; i++) {
      const replacing = bench.disk.replace('data', ['new']);
      for (let k = 0; k < 5; k++) {
        bench.disk.append('data', 'y'.repeat(100));
        await new Promise((resolve) => setImmediate(resolve));
      }
      await replacing;
      await bench.disk.sync('data');
      expect(reread()).toEqual(['new', ...Array(5).fill('y'.repeat(100))]);
    }
  });
});

test('a disk without faults costs no time, and a later fault applies at once', async () => {
  const bench = new Bench({});
  expect(await bench.write(3)).toEqual(['ok', 'ok', 'ok']);
  bench.trouble.set({ ...soundDisk, full: true });
  expect(await bench.write(1)).toEqual(['DISK_FULL']);
  expect(bench.failures).toEqual([{ fault: 'full', file: 'data', write: 4 }]);
});
