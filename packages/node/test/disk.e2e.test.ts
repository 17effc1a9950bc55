import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Json } from '@faultline/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HostDisk } from '../src/host/disk.ts';
import { type DiskFailure, DiskProcess } from './helpers/disk-process.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'faultline-disk-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** What is read by a process that starts now. */
const reread = (file = 'data'): Json[] => new HostDisk(dir).read(file);

async function write(records: readonly Json[], file = 'data'): Promise<void> {
  const disk = new HostDisk(dir);
  for (const record of records) disk.append(file, record);
  await disk.sync(file);
}

describe('a record', () => {
  test('of any JSON is read as it was written, immediately and by the next process', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.jsonValue()), async (values) => {
        rmSync(dir, { recursive: true, force: true });
        const records = values as Json[];
        const asJson = JSON.parse(JSON.stringify(records));
        const disk = new HostDisk(dir);
        for (const record of records) disk.append('data', record);
        expect(disk.read('data')).toEqual(asJson);
        expect(reread()).toEqual([]);
        await disk.sync('data');
        expect(reread()).toEqual(asJson);
      }),
      { numRuns: 30 },
    );
  });

  test('keeps its state at the time of the append, even if the caller modifies it later', async () => {
    const disk = new HostDisk(dir);
    const record = { list: [1] };
    disk.append('data', record);
    record.list.push(2);
    (disk.read('data')[0] as { list: number[] }).list.push(3);
    expect(disk.read('data')).toEqual([{ list: [1] }]);
    await disk.sync('data');
    expect(reread()).toEqual([{ list: [1] }]);
  });

  test('that is not JSON is rejected', async () => {
    const disk = new HostDisk(dir);
    for (const none of [undefined, () => {}, 1n]) {
      expect(() => disk.append('data', none as unknown as Json)).toThrow(TypeError);
      await expect(disk.replace('data', [none as unknown as Json])).rejects.toThrow(TypeError);
    }
    expect(disk.read('data')).toEqual([]);
  });
});

describe('a kill', () => {
  test('loses unsynced records, and keeps synced ones', async () => {
    await using process = await DiskProcess.start(dir);
    await process.do('append', 'data', 'synced');
    await process.do('append', 'other', 'never synced');
    await process.do('sync', 'data');
    await process.do('append', 'data', 'not synced');
    expect(await process.do('read', 'data')).toEqual(['synced', 'not synced']);
    await process.kill();
    expect(reread()).toEqual(['synced']);
    expect(reread('other')).toEqual([]);
  });

  test('in the middle of syncing leaves all acknowledged records, in order and without a hole', async () => {
    await using process = await DiskProcess.start(dir);
    await process.doUntil('syncForever', 'data', 20);
    await process.kill();
    const records = reread() as string[];
    expect(records.length).toBeGreaterThan(process.done);
    expect(records).toEqual(records.map((_, i) => String(i).padEnd(500, '.')));
  });

  test('in the middle of replacing leaves the old records or the new ones, whole', async () => {
    await using process = await DiskProcess.start(dir);
    await process.doUntil('replaceForever', 'data', 10);
    await process.kill();
    const records = reread() as string[];
    expect(records).toEqual(Array(100).fill(records[0]));
    expect(Number.parseInt(records[0]!, 10)).toBeGreaterThanOrEqual(process.done);
    await write(['later']);
    expect(reread()).toEqual([...records, 'later']);
  });
});

describe('a torn file', () => {
  const records = [{ a: 1 }, 'é€𝄞', [null, true], 'the last'];

  test('cut at any byte keeps its whole records, and accepts new ones', async () => {
    await write(records);
    const file = readFileSync(join(dir, 'data'));
    const ends = [...file.keys()].filter((at) => file[at] === 0x0a).map((at) => at + 1);
    for (let end = 0; end <= file.length; end++) {
      writeFileSync(join(dir, 'data'), file.subarray(0, end));
      const whole = records.slice(0, ends.filter((each) => each <= end).length);
      expect(reread()).toEqual(whole);
      await write(['new']);
      expect(reread()).toEqual([...whole, 'new']);
    }
  });

  test('whose torn end is longer than the next record leaves nothing of that end', async () => {
    await write(['first']);
    const path = join(dir, 'data');
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(500, 'x')]));
    await write(['second']);
    expect(reread()).toEqual(['first', 'second']);
    expect(readFileSync(path).includes('xx')).toBe(false);
  });
});

describe('a file that was changed after it was written', () => {
  const records = [{ a: 1 }, 'é€𝄞', [null, true], 'the last'];
  const isCorrupt = expect.objectContaining({ code: 'DISK_CORRUPT' });

  test('by any single bit is rejected with the number of the record', async () => {
    await write(records);
    const file = readFileSync(join(dir, 'data'));
    let record = 1;
    for (let byte = 0; byte < file.length; byte++) {
      for (let bit = 0; bit < 8; bit++) {
        const damaged = Buffer.from(file);
        damaged[byte]! ^= 1 << bit;
        writeFileSync(join(dir, 'data'), damaged);
        const facts = expect.objectContaining({ path: join(dir, 'data'), record });
        expect(() => reread()).toThrow(expect.objectContaining({ code: 'DISK_CORRUPT', facts }));
      }
      if (file[byte] === 0x0a) record++;
    }
  });

  test('in any way is rejected, or was only cut at its end', async () => {
    await write(records);
    const file = readFileSync(join(dir, 'data'));
    const all = records.map((record) => JSON.stringify(record));
    const damage = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(
        fc.array(damage, { maxLength: 4 }),
        fc.nat({ max: file.length }),
        fc.uint8Array({ maxLength: 20 }),
        (damages, end, tail) => {
          const damaged = Buffer.concat([file.subarray(0, end), tail]);
          for (const [at, value] of damages) {
            if (damaged.length > 0) damaged[at % damaged.length] = value;
          }
          writeFileSync(join(dir, 'data'), damaged);
          let left: string[];
          try {
            left = reread().map((record) => JSON.stringify(record));
          } catch (error) {
            expect(error).toEqual(isCorrupt);
            return;
          }
          expect(left).toEqual(all.slice(0, left.length));
        },
      ),
      { numRuns: 300 },
    );
  });

  test('can be neither read nor appended to, and works again when its records are replaced', async () => {
    await write(records);
    const file = readFileSync(join(dir, 'data'));
    file[12]! ^= 1;
    writeFileSync(join(dir, 'data'), file);
    const disk = new HostDisk(dir);
    expect(() => disk.read('data')).toThrow(isCorrupt);
    expect(() => disk.append('data', 'more')).toThrow(isCorrupt);
    await expect(disk.sync('data')).rejects.toThrow(isCorrupt);
    expect(readFileSync(join(dir, 'data'))).toEqual(file);
    await disk.replace('data', ['new']);
    disk.append('data', 'newer');
    await disk.sync('data');
    expect(reread()).toEqual(['new', 'newer']);
  });
});

describe('replace', () => {
  test('replaces all records, synced or not', async () => {
    await write(['old']);
    const disk = new HostDisk(dir);
    disk.append('data', 'not synced');
    await disk.replace('data', ['new', 'newer']);
    expect(disk.read('data')).toEqual(['new', 'newer']);
    expect(reread()).toEqual(['new', 'newer']);
    await disk.replace('data', []);
    expect(reread()).toEqual([]);
  });

  test('that fails changes nothing, and can be retried', async () => {
    await write(['old']);
    const disk = new HostDisk(dir);
    disk.append('data', 'not synced');
    // A folder stands where the new file would be made.
    const inTheWay = join(dir, '.data.next');
    mkdirSync(inTheWay);
    await expect(disk.replace('data', ['new'])).rejects.toMatchObject({ code: 'DISK_ERROR' });
    expect(disk.read('data')).toEqual(['old', 'not synced']);
    await disk.sync('data');
    expect(reread()).toEqual(['old', 'not synced']);
    rmSync(inTheWay, { recursive: true });
    await disk.replace('data', ['new']);
    expect(reread()).toEqual(['new']);
  });

  test('does not affect a file with a similar name', async () => {
    await write(['mine'], 'data.next');
    await new HostDisk(dir).replace('data', ['new']);
    expect(reread('data.next')).toEqual(['mine']);
  });
});

test('concurrent operations on a file have the same result as sequential ones', async () => {
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.constant('append' as const) },
    { weight: 2, arbitrary: fc.constant('sync' as const) },
    { weight: 1, arbitrary: fc.constant('replace' as const) },
    { weight: 2, arbitrary: fc.constant('let others run' as const) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      rmSync(dir, { recursive: true, force: true });
      const disk = new HostDisk(dir);
      let model: Json[] = [];
      const running: Promise<void>[] = [];
      for (const [i, step] of steps.entries()) {
        if (step === 'append') {
          disk.append('data', i);
          model.push(i);
        } else if (step === 'sync') running.push(disk.sync('data'));
        else if (step === 'replace') {
          model = [`new ${i}`, `newer ${i}`];
          running.push(disk.replace('data', [...model]));
        } else await new Promise((resolve) => setImmediate(resolve));
      }
      await Promise.all(running);
      expect(disk.read('data')).toEqual(model);
      await disk.sync('data');
      expect(reread()).toEqual(model);
    }),
    { numRuns: 100 },
  );
});

test('a record that is appended while another is being synced waits for the next sync', async () => {
  const disk = new HostDisk(dir);
  disk.append('data', 1);
  const syncing = disk.sync('data');
  await new Promise((resolve) => setImmediate(resolve));
  disk.append('data', 2);
  await syncing;
  expect(disk.read('data')).toEqual([1, 2]);
  await disk.sync('data');
  expect(reread()).toEqual([1, 2]);
});

describe('a file', () => {
  test.each([
    '',
    '.',
    '..',
    '../data',
    'a/b',
    '.hidden',
    '-flag',
    'a\0b',
    'a b',
    'ä',
    'data\n',
    'x'.repeat(101),
  ])('cannot be called %j', async (name) => {
    const disk = new HostDisk(dir);
    const refused = expect.objectContaining({ code: 'BAD_REQUEST' });
    expect(() => disk.append(name, 1)).toThrow(refused);
    expect(() => disk.read(name)).toThrow(refused);
    await expect(disk.sync(name)).rejects.toThrow(refused);
    await expect(disk.replace(name, [])).rejects.toThrow(refused);
    expect(readdirSync(dir)).toEqual([]);
  });

  test('is only created when there is something to keep', async () => {
    rmSync(dir, { recursive: true });
    const disk = new HostDisk(dir);
    expect(disk.read('data')).toEqual([]);
    await disk.sync('data');
    await write(['x'], 'a-File_1.log');
    expect(readdirSync(dir)).toEqual(['a-File_1.log']);
  });

  test('that cannot be read is a DISK_ERROR that names it', () => {
    mkdirSync(join(dir, 'data'));
    expect(() => reread()).toThrow(
      expect.objectContaining({ code: 'DISK_ERROR', message: expect.stringContaining(dir) }),
    );
  });
});

/** Ways to a disk without room, and how room is made again; null where this machine has none of them. */
const ways = {
  'a file system of 64 kB': {
    wrapper: ['sh', '-c', 'mount -t tmpfs -o size=64k tmpfs "$0" && exec "$@"'],
    outer: [
      ['unshare', '--mount'],
      ['unshare', '--user', '--map-root-user', '--mount'],
    ],
    code: 'DISK_FULL',
    errno: 'ENOSPC',
    fill: (process: DiskProcess) => process.do('fill'),
    free: (process: DiskProcess) => process.do('free'),
  },
  'a limit to the size of files': {
    wrapper: ['sh', '-c', 'ulimit -S -f 8 && exec "$@"'],
    outer: [[]],
    code: 'DISK_ERROR',
    errno: 'EFBIG',
    fill: async () => {},
    free: async ({ pid }: DiskProcess) => {
      execFileSync('prlimit', ['--pid', String(pid), '--fsize=unlimited:unlimited']);
    },
  },
};

/** The first of the outer commands that this machine lets us run. */
function findWrapper({ wrapper, outer }: (typeof ways)[keyof typeof ways]): string[] | undefined {
  const place = mkdtempSync(join(tmpdir(), 'faultline-disk-'));
  try {
    return outer
      .map((command) => [...command, ...wrapper])
      .find(([file, ...args]) => {
        try {
          execFileSync(file!, [...args, place, 'prlimit', '--version'], { stdio: 'ignore' });
          return true;
        } catch {
          return false;
        }
      });
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

describe.each(Object.entries(ways))('a disk that is full, by %s,', (name, way) => {
  const wrapper = findWrapper(way);
  const record = 'x'.repeat(30_000);

  test.skipIf(wrapper === undefined)(
    `says so, loses nothing that was synced, and continues once there is room${wrapper === undefined ? ` (skipped: this machine does not let us make ${name})` : ''}`,
    async () => {
      await using process = await DiskProcess.start(dir, [...wrapper!, dir]);
      await process.do('append', 'data', 'synced');
      await process.do('sync', 'data');
      await way.fill(process);
      await process.do('append', 'data', record);
      for (let again = 0; again < 2; again++) {
        const failure = (await process.do('sync', 'data').catch((error) => error)) as DiskFailure;
        expect([failure.code, failure.errno]).toEqual([way.code, way.errno]);
        expect(failure.message).toContain(join(dir, 'data'));
      }
      const refused = await process.do('replace', 'data', [record]).catch((error) => error.code);
      expect(refused).toBe(way.code);
      expect(await process.do('read', 'data')).toEqual(['synced', record]);

      await way.free(process);
      await process.do('append', 'data', 'later');
      await process.do('sync', 'data');
      await process.do('reopen');
      expect(await process.do('read', 'data')).toEqual(['synced', record, 'later']);
    },
  );

  test.skipIf(wrapper === undefined)(
    'keeps what was synced also for the next process',
    async () => {
      await using process = await DiskProcess.start(dir, [...wrapper!, dir]);
      await process.do('append', 'data', 'synced');
      await process.do('sync', 'data');
      await way.fill(process);
      await process.do('append', 'data', record);
      await process.do('sync', 'data').catch(() => {});
      await process.do('reopen');
      expect(await process.do('read', 'data')).toEqual(['synced']);
      await way.free(process);
      await process.do('append', 'data', 'later');
      await process.do('sync', 'data');
      await process.do('reopen');
      expect(await process.do('read', 'data')).toEqual(['synced', 'later']);
    },
  );
});
