import { nodeVerbs, type OptionsOf } from '@faultline/actions';
import { expect, test } from 'vitest';
import {
  changeDisk as apply,
  type DiskState,
  describeDisk,
  diskStatus,
  faultsOf,
  healthyDisk,
} from '../../src/disks/disk-change.ts';

type DiskChange = OptionsOf<'disk'>;
const changeDisk = (state: DiskState, change: DiskChange) =>
  apply(state, nodeVerbs.disk.read(change));

test('disk faults add up, are described in words, and end with off', () => {
  let disk = changeDisk(healthyDisk, { slow: 'lognormal 5ms p99 200ms' });
  disk = changeDisk(disk, { error: '10%', torn: true });
  disk = changeDisk(disk, { full: true });
  expect(describeDisk(disk)).toBe('slow lognormal 5ms p99 200ms, full, error 10%, torn');
  expect(diskStatus(disk)).toMatchObject({ kind: 'disk', facts: { errorShare: 0.1 } });
  expect(changeDisk(disk, { torn: false, full: false })).toMatchObject({
    torn: false,
    full: false,
  });
  expect(describeDisk(changeDisk(disk, { off: true }))).toBe('healthy');
  expect(diskStatus(healthyDisk)).toBeUndefined();
});

test('a flip alone leaves the faults as they are', () => {
  expect(changeDisk(healthyDisk, { flip: '*' })).toBe(healthyDisk);
});

test('a delay is sent as its quantiles, with the tail up to one write in 2000', () => {
  const { slowMs } = faultsOf(changeDisk(healthyDisk, { slow: 'lognormal 5ms p99 200ms' }));
  expect(slowMs).toHaveLength(1001);
  expect(slowMs![500]).toBeCloseTo(5, 6);
  expect(slowMs![990]).toBeCloseTo(200, 6);
  expect(slowMs).toEqual([...slowMs!].sort((a, b) => a - b));
  expect(slowMs!.every(Number.isFinite)).toBe(true);
  expect(faultsOf(changeDisk(healthyDisk, { slow: '0ms' })).slowMs).toBeNull();
});

test.each<[DiskChange, string, RegExp]>([
  [{ off: true, full: true }, 'BAD_REQUEST', /off first, then full/],
  [{ full: true, error: '10%' }, 'BAD_REQUEST', /full and error contradict each other/],
  [{ slow: 'fast' }, 'BAD_DISTRIBUTION', /expected a delay/],
  [{ error: '110%' }, 'BAD_PERCENT', /at most 100%/],
])('%j is refused with the expected form', (change, code, message) => {
  expect(() => changeDisk(healthyDisk, change)).toThrow(
    expect.objectContaining({ code, message: expect.stringMatching(message) }),
  );
});
