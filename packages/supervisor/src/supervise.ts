/**
 * Brings a cluster up in this process and takes it down again: claims the name, starts the reaper,
 * the router and the nodes, and serves the control API.
 */
import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ClusterEvent, NodeStatus } from '@faultline/protocol';
import { trueNowMs } from '@faultline/protocol/host';
import { bundle } from './bundle.ts';
import { Cluster } from './cluster.ts';
import { claimCluster, publishCluster, releaseCluster } from './cluster-file.ts';
import { onDisk } from './disk-errors.ts';
import { clusterPaths } from './paths.ts';
import { bundleProgram, commandProgram, findProgram, type ProgramSource } from './program.ts';
import { Reaper } from './reaper.ts';
import { Recorder } from './recorder.ts';

export interface SuperviseOptions {
  readonly stateDir: string;
  readonly name: string;
  readonly nodes: number;
  /** A ready program's name, a file, or a command. */
  readonly program: string | readonly string[];
  /** Ready programs by name, as URLs of their modules. */
  readonly readyPrograms: Readonly<Record<string, string>>;
  readonly settings?: Readonly<Record<string, string>>;
  readonly seed?: string | undefined;
  readonly host?: string;
  readonly port?: number;
  /** `auto`: vector clocks up to 16 nodes, because a stamp grows with every node. */
  readonly vector?: 'on' | 'off' | 'auto';
  readonly trace?: boolean;
  readonly queueBytesMax?: number;
  readonly readyTimeoutMs?: number;
  readonly stopGraceMs?: number;
  /** Where relative paths of programs start. */
  readonly cwd?: string;
  readonly onEvent?: (event: ClusterEvent) => void;
}

export interface Supervised {
  readonly cluster: Cluster;
  readonly url: string;
  readonly token: string;
  readonly runDir: string;
  readonly nodes: readonly NodeStatus[];
  /** Resolves when the cluster is down, whoever asked for it. */
  readonly isDown: Promise<void>;
  down(): Promise<void>;
}

const vectorNodesMax = 16;
const cacheDirOfTool = new URL('../../../node_modules/.cache/faultline', import.meta.url).pathname;

/**
 * Resolves when every node's start has come to an end. Throws what keeps the cluster itself from
 * starting, and then has taken down whatever was started.
 */
export async function supervise(options: SuperviseOptions): Promise<Supervised> {
  const { stateDir, name } = options;
  const paths = clusterPaths(stateDir, name);
  const seed = options.seed ?? randomBytes(4).toString('hex');
  const epoch = { trueMs: trueNowMs(), wallMs: Date.now() };
  const startedAt = new Date(epoch.wallMs).toISOString();
  const runDir = join(paths.runs, `${startedAt.replaceAll(/[:.]/g, '-')}-${process.pid}`);
  const file = claimCluster(paths, runDir, startedAt);
  const reaper = new Reaper(paths.file);
  let recorder: Recorder | undefined;
  let cluster: Cluster | undefined;
  let api: { url: string; close(): Promise<void> } | undefined;
  let downAsked: Promise<void> | undefined;
  let resolveDown: () => void = () => {};
  const isDown = new Promise<void>((resolve) => {
    resolveDown = resolve;
  });

  const down = (): Promise<void> => {
    if (downAsked !== undefined) {
      // Asked again: nobody is given time any more.
      void cluster?.down();
      return downAsked;
    }
    downAsked = (async () => {
      await cluster?.down();
      releaseCluster(paths);
      await api?.close();
      recorder?.close();
      reaper.done();
      resolveDown();
    })();
    return downAsked;
  };

  try {
    onDisk(`make the run's directory ${runDir}`, () =>
      mkdirSync(runDir, { recursive: true, mode: 0o700 }),
    );
    const [program, routerBundle] = await Promise.all([
      prepareProgram(options, paths.cache),
      bundle({
        label: 'router',
        entry: `import ${JSON.stringify(routerMain())};`,
        cacheDir: cacheDirOfTool,
      }),
    ]);
    recorder = onDisk(
      'write the recording',
      () => new Recorder({ path: join(runDir, 'events.jsonl'), epoch, trueNowMs }),
    );
    if (options.onEvent) recorder.listen(options.onEvent);
    const vector = options.vector ?? 'auto';
    recorder.record('cluster.starting', null, {
      name,
      seed,
      nodes: options.nodes,
      program: program.label,
      settings: options.settings ?? {},
      epoch,
      pid: process.pid,
    });
    cluster = new Cluster({
      name,
      seed,
      nodeCount: options.nodes,
      program,
      settings: options.settings ?? {},
      vector: vector === 'on' || (vector === 'auto' && options.nodes <= vectorNodesMax),
      trace: options.trace ?? true,
      queueBytesMax: options.queueBytesMax ?? 16 * 1024 * 1024,
      readyTimeoutMs: options.readyTimeoutMs ?? 10_000,
      stopGraceMs: options.stopGraceMs ?? 2000,
      runDir,
      nodesDir: paths.nodes,
      routerBundle,
      epoch,
      recorder,
      onGroup: (change, group) => (change === 'add' ? reaper.add(group) : reaper.gone(group)),
    });
    const started = cluster.start();
    // Loaded while the nodes start: it is the largest part of this process.
    const { serveApi } = await import('./api/server.ts');
    api = await serveApi({
      cluster,
      recorder,
      host: options.host ?? '127.0.0.1',
      port: options.port ?? 0,
      token: file.token,
      onDown: () => void down(),
    });
    await started;
    publishCluster(paths, { ...file, url: api.url });
    recorder.record('cluster.up', null, {
      url: api.url,
      ready: cluster.nodes.filter(({ state }) => state === 'ready').length,
      afterMs: Math.round(trueNowMs() - epoch.trueMs),
    });
  } catch (error) {
    await down();
    throw error;
  }
  return { cluster, url: api.url, token: file.token, runDir, nodes: cluster.nodes, isDown, down };
}

function routerMain(): string {
  return createRequire(import.meta.url).resolve('@faultline/router/main');
}

async function prepareProgram(options: SuperviseOptions, cacheDir: string): Promise<ProgramSource> {
  const cwd = options.cwd ?? process.env.INIT_CWD ?? process.cwd();
  const { program, readyPrograms } = options;
  if (typeof program !== 'string') return commandProgram(program, cwd);
  return bundleProgram(findProgram(program, readyPrograms, cwd), program, cacheDir);
}
