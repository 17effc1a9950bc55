/** The cost of querying a recording of a million messages. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '@faultline/supervisor';
import { median, megabytes, milliseconds, type Row, type Size } from './figures.ts';
import { writeRecording } from './made-recording.ts';
import type { RunReading } from './run-reader.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const sizes = { full: { messages: 1_000_000 }, tiny: { messages: 30_000 } } as const;

export async function askingRecordings(size: Size): Promise<Row[]> {
  const { messages } = sizes[size];
  const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    writeRecording(dir, messages);
    const { loadMs, whyMs, orderMs, exports, peakBytes } = await readInProcess(dir);
    const exported = Object.entries(exports).map(
      ([format, { ms, bytes }]) => `${format} ${seconds(ms)} for ${megabytes(bytes)}`,
    );
    const slowest = Math.max(...Object.values(exports).map(({ ms }) => ms));
    return [
      {
        figure: `why on a run of ${messages} messages, once it is loaded`,
        value: milliseconds(median(whyMs)),
        from: `worst ${milliseconds(Math.max(...whyMs))} of ${whyMs.length}; loading took ${seconds(loadMs)} and ${megabytes(peakBytes.loaded)}; order takes ${seconds(orderMs)}`,
        must: '≤ 300 ms',
        aim: '≤ 100 ms',
      },
      {
        figure: 'the slowest export of that run',
        value: seconds(slowest),
        from: `${exported.join(', ')}; peak memory ${megabytes(peakBytes.exported)}`,
        must: '≤ 60 s, ≤ 2 GB',
        aim: '≤ 20 s, ≤ 1 GB',
      },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function readInProcess(dir: string): Promise<RunReading> {
  const entry = `import ${JSON.stringify(here('run-reader.ts'))};`;
  const cacheDir = here('../../node_modules/.cache/faultline');
  const child = fork(await bundle({ label: 'bench-run-reader', entry, cacheDir }));
  return new Promise((resolve, reject) => {
    child.once('message', (reading) => resolve(reading as RunReading));
    child.once('exit', (code) => reject(new Error(`the reader ended with code ${code}`)));
    child.send(dir);
  });
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
