import { expect, test } from 'vitest';
import { readWeather } from '../src/clocks/weather.ts';
import { Cluster, type ClusterOptions } from '../src/cluster.ts';
import { ClusterMark } from '../src/processes/mark.ts';
import { Folder } from './helpers/folder.ts';

test('a cluster starts no process before start, so that one that cannot be created leaves none', () => {
  using home = new Folder();
  const groups: number[] = [];
  const options: Partial<ClusterOptions> = {
    name: 'default',
    seed: '1',
    nodeCount: 2,
    program: { kind: 'command', identity: 'sleep 60', label: 'sleep', argv: ['sleep', '60'] },
    programs: new Map(),
    clocks: readWeather('perfect'),
    routerBundle: home.write('router.mjs', 'setInterval(() => {}, 1000);'),
    runDir: home.at('run'),
    nodesDir: home.at('nodes'),
    cacheDir: home.at('cache'),
    mark: new ClusterMark(),
    epoch: { trueMs: 0, wallMs: 0 },
    restart: 'no',
    onGroup: (_, group) => groups.push(group),
  };
  const cluster = new Cluster(options as ClusterOptions);
  expect(cluster.nodes.map(({ id, pid }) => [id, pid])).toEqual([
    ['n1', null],
    ['n2', null],
  ]);
  expect(groups).toEqual([]);
});
