/** Interference between two simultaneous claims, played step by step: it is rare by chance. */
import fs from 'node:fs';
import { processIdentity } from '@faultline/recording';
import { afterAll, expect, test } from 'vitest';
import { claimCluster, readClusterFile } from '../../src/state/cluster-file.ts';
import { clusterPaths } from '../../src/state/paths.ts';
import { replaceable, restoreFileSystem } from '../helpers/file-system.ts';
import { Folder } from '../helpers/folder.ts';

const reallyRename = fs.renameSync;
const renameSync = replaceable('renameSync');

afterAll(restoreFileSystem);

test('the process that takes over a dead file first keeps its claim', () => {
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
  // This claim has read the dead file; before it moves it aside, the other one puts its own in place.
  renameSync.mockImplementationOnce((from, to) => {
    fs.writeFileSync(paths.file, JSON.stringify(winner));
    reallyRename(from, to);
  });
  expect(() => claimCluster(paths, 'run', winner.startedAt)).toThrow(
    expect.objectContaining({ code: 'CLUSTER_EXISTS' }),
  );
  expect(renameSync).toHaveBeenCalledOnce();
  expect(readClusterFile(paths.file)?.token).toBe("the winner's");
  expect(fs.readdirSync(paths.dir)).toEqual(['cluster.json']);
});
