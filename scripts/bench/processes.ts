/** Starting and holding processes: how long, and how much memory. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@faultline/client';
import type { ClusterStatus } from '@faultline/protocol';
import { readClusterFile } from '@faultline/supervisor/registry';
import { inTurn, median, megabytes, milliseconds, type Row, ratio, type Size } from './figures.ts';
import { residentBytes } from './rig.ts';

const launcher = fileURLToPath(new URL('../cluster.mjs', import.meta.url));
const sizes = {
  full: { rounds: 7, idleMs: 1500, manyNodes: 100 },
  tiny: { rounds: 1, idleMs: 100, manyNodes: 8 },
} as const;

export interface Up {
  readonly status: ClusterStatus;
  readonly afterMs: number;
  readonly client: Client;
  close(): Promise<void>;
}

/** A separate cluster. */
export async function up(...args: string[]): Promise<Up> {
  const home = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  const startMs = performance.now();
  const child = spawn(process.execPath, [launcher, 'up', '--json', ...args], {
    env: { ...process.env, FAULTLINE_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const status = await firstLine<ClusterStatus>(child);
  const afterMs = performance.now() - startMs;
  const { token } = readClusterFile(join(home, 'clusters', 'default', 'cluster.json'))!;
  return {
    status,
    afterMs,
    client: new Client({ url: status.url, token }),
    async close() {
      child.kill('SIGINT');
      await new Promise((resolve) => child.on('close', resolve));
      rmSync(home, { recursive: true, force: true });
    },
  };
}

function firstLine<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout!.on('data', (data) => {
      text += data;
      const end = text.indexOf('\n');
      if (end >= 0) resolve(JSON.parse(text.slice(0, end)) as T);
    });
    child.on('exit', (code) => reject(new Error(`up ended with code ${code}`)));
  });
}

const nodes = 5;

async function upMs(): Promise<number> {
  const running = await up('--nodes', String(nodes));
  await running.close();
  return running.afterMs;
}

async function bareMs(): Promise<number> {
  const startMs = performance.now();
  const children = Array.from({ length: nodes }, () => spawn(process.execPath, ['-e', '0']));
  await Promise.all(children.map((child) => new Promise((resolve) => child.on('exit', resolve))));
  return performance.now() - startMs;
}

export async function startUp(size: Size): Promise<Row[]> {
  await upMs();
  const [ours, bare] = (await inTurn(sizes[size].rounds, [upMs, bareMs])).map(median) as [
    number,
    number,
  ];
  return [
    {
      figure: `up until ${nodes} nodes are ready against ${nodes} × node -e 0`,
      value: ratio(ours / bare),
      from: `${milliseconds(ours)} against ${milliseconds(bare)}`,
      must: '≤ 6×',
      aim: '≤ 3×',
    },
  ];
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function memory(size: Size): Promise<Row[]> {
  const running = await up('--program', 'echo', '--nodes', String(nodes));
  const ws = createRequire(import.meta.url).resolve('ws');
  const bare = Array.from({ length: nodes }, () =>
    spawn(process.execPath, ['-e', `require(${JSON.stringify(ws)}); setInterval(() => {}, 1000)`]),
  );
  try {
    await wait(sizes[size].idleMs);
    const ours = median(running.status.nodes.map(({ pid }) => residentBytes(pid!)));
    const theirs = median(bare.map(({ pid }) => residentBytes(pid!)));
    return [
      {
        figure: 'resident memory of an idle node against bare Node with ws',
        value: ratio(ours / theirs),
        from: `${megabytes(ours)} against ${megabytes(theirs)}`,
        must: '≤ 1.5×',
        aim: '≤ 1.15×',
      },
    ];
  } finally {
    for (const child of bare) child.kill('SIGKILL');
    await running.close();
  }
}

export async function manyNodes(size: Size): Promise<Row[]> {
  const count = sizes[size].manyNodes;
  const running = await up('--nodes', String(count), '--program', 'echo', '--ready-timeout', '120');
  try {
    const { status, client, afterMs } = running;
    const ready = status.nodes.filter(({ state }) => state === 'ready').length;
    const answers = await Promise.all(
      status.nodes.map(({ id }) => client.call(id, { type: 'echo', id }, { timeout: '20s' })),
    );
    const right = answers.filter(({ node, body }) => body.id === node).length;
    return [
      {
        figure: `${count} nodes: ready and called once each`,
        value: `${ready} ready, ${right} answered`,
        from: `up after ${milliseconds(afterMs)}, router ${megabytes(residentBytes(status.router.pid!))}`,
        must: `${count}, ${count}`,
        aim: `${count}, ${count}`,
      },
    ];
  } finally {
    await running.close();
  }
}
