/** A run's directory with these files and the other usual ones. */
import { mkdirSync, writeFileSync } from 'node:fs';
import type { RunInfo } from '@faultline/protocol';
import { Folder } from './folder.ts';
import { TraceFile } from './trace-file.ts';

/** Of a process that is gone: the run has no writer any more. */
export const info: RunInfo = {
  version: 1,
  name: 'default',
  run: 'test',
  startedAt: '2026-01-02T03:04:05.000Z',
  seed: '42',
  pid: 2 ** 30,
  program: 'echo',
  settings: {},
  nodes: ['n1', 'n2'],
  vector: false,
  trace: 'headers',
  epoch: { trueMs: 1000, wallMs: 1_767_323_045_000 },
};

type RunFiles = Readonly<Record<string, TraceFile | Buffer | string>>;

export function runFolder(files: RunFiles, of: object | null = info): Folder {
  const folder = new Folder();
  mkdirSync(folder.at('logs'));
  if (of !== null) folder.write('run.json', JSON.stringify(of));
  const all: RunFiles = { 'events.jsonl': '', ...files };
  for (const [name, file] of Object.entries(all)) {
    writeFileSync(folder.at(name), file instanceof TraceFile ? file.bytes : file);
  }
  return folder;
}
