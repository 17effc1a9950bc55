import { expect, test } from 'vitest';
import { shortLimit } from '../src/cluster/short-limit.ts';

test("vitest's default limit is reported with the fix, and no other limit or runner is", () => {
  expect(shortLimit({ config: { testTimeout: 5_000 } })).toMatch(
    /after 5 s.*import '@faultline\/testkit\/vitest'.*or set testTimeout$/,
  );
  for (const worker of [{ config: { testTimeout: 60_000 } }, {}, undefined]) {
    expect(shortLimit(worker)).toBeUndefined();
  }
});
