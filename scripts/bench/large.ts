/** The cost of querying a recording that has reached its size limit. */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from '@faultline/supervisor';
import { megabytes, milliseconds, type Row, ratio, type Size } from './figures.ts';
import type { LargeReading } from './large-reader.ts';
import { writeRecording } from './made-recording.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
/** 250 bytes a message: 1.9 GB, as much as router and nodes record at most. */
const sizes = { full: { messages: 7_600_000 }, tiny: { messages: 40_000 } } as const;
const smaller = 10;

export async function largeRecordings(size: Size): Promise<Row[]> {
  const { messages } = sizes[size];
  const large = await reading(messages);
  const small = await reading(messages / smaller);
  const of = `${megabytes(large.bytes)}, ${messages} messages`;
  return [
    {
      figure: `the latest messages of a recording, against one of a ${smaller}th of its size`,
      value: ratio(large.traceMs / small.traceMs),
      from: `${milliseconds(large.traceMs)} of ${of}, against ${milliseconds(small.traceMs)}`,
      must: '≤ 10×, ≤ 1 s',
      aim: '≤ 3×',
    },
    {
      figure: 'why, from the files, against reading their bytes',
      value: ratio(large.whyMs / large.bytesMs),
      from: `${milliseconds(large.whyMs)} against ${milliseconds(large.bytesMs)}; peak memory ${megabytes(large.peakBytes.why)}`,
      must: '≤ 5 s, ≤ 500 MB',
      aim: '≤ 3×',
    },
    {
      figure: 'order of the latest million facts, against reading the bytes of all',
      value: ratio(large.orderMs / large.bytesMs),
      from: `${milliseconds(large.orderMs)}; peak memory ${megabytes(large.peakBytes.order)}`,
      must: '≤ 15 s, ≤ 1.5 GB',
      aim: '≤ 5 s',
    },
  ];
}

async function reading(messages: number): Promise<LargeReading> {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  try {
    writeRecording(dir, messages);
    const entry = `import ${JSON.stringify(here('large-reader.ts'))};`;
    const cacheDir = here('../../node_modules/.cache/faultline');
    const child = fork(await bundle({ label: 'bench-large-reader', entry, cacheDir }));
    return await new Promise((resolve, reject) => {
      child.once('message', (read) => resolve(read as LargeReading));
      child.once('exit', (code) => reject(new Error(`the reader ended with code ${code}`)));
      child.send(dir);
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
