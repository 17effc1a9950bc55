/** What two claims at once may do to each other, played step by step: chance seldom does. */
import fs from 'node:fs';
import { processIdentity } from '@faultline/recording';
import { expect, test, vi } from 'vitest';
import { claimCluster, readClusterFile } from '../../src/state/cluster-file.ts';
import { clusterPaths } from '../../src/state/paths.ts';
import { Folder } from '../helpers/folder.ts';

vi.mock('node:fs', async (load) => {
  const real = await load<typeof fs>();
  return { ...real, default: real, renameSync: vi.fn(real.renameSync) };
});
const { renameSync } = await import('node:fs');

test('who was faster in taking a dead file over keeps what is his', () => {
  using folder = new Folder();
  const paths = clusterPaths(folder.path, 'default');
  folder.write('clusters/default/cluster.json', '{ "torn');
  const winner = {
    name: 'default',
    pid: process.pid,
    url: null,
    token: "the winner's",
    runDir: 'run',
    startedAt: '2026-01-31T12:00:00.000Z',
    processIdentity: processIdentity(process.pid),
  };
  // We have seen the dead file; before we move it aside, the other one has put his in its place.
  vi.mocked(renameSync).mockImplementationOnce((from, to) => {
    fs.writeFileSync(paths.file, JSON.stringify(winner));
    fs.renameSync(from, to);
  });
  expect(() => claimCluster(paths, 'run', winner.startedAt)).toThrow(
    expect.objectContaining({ code: 'CLUSTER_EXISTS' }),
  );
  expect(renameSync).toHaveBeenCalledOnce();
  expect(readClusterFile(paths.file)?.token).toBe("the winner's");
  expect(fs.readdirSync(paths.dir)).toEqual(['cluster.json']);
});
