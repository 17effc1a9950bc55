/** The files of a run that the supervisor writes: its directory, `run.json`, events and history. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { trueNowMs } from '@faultline/recording';
import { onDisk } from '../state/disk-errors.ts';
import { History } from '../state/history.ts';
import { Recorder } from '../state/recorder.ts';
import type { SuperviseOptions } from './options.ts';
import { runInfo, type Settings } from './settings.ts';

export function makeRunDir({ runDir, nodesDir }: Settings, { disks }: SuperviseOptions): void {
  onDisk(`create the run's directory ${runDir}`, () =>
    mkdirSync(runDir, { recursive: true, mode: 0o700 }),
  );
  if (disks !== 'wipe') return;
  onDisk(`wipe the disks in ${nodesDir}`, () => rmSync(nodesDir, { recursive: true, force: true }));
}

export function openRecorder({ runDir, epoch }: Settings, { onEvent }: SuperviseOptions): Recorder {
  const recorder = onDisk(
    'write the recording',
    () => new Recorder({ path: join(runDir, 'events.jsonl'), epoch, trueNowMs }),
  );
  if (onEvent) recorder.listen(onEvent);
  return recorder;
}

export function openHistory(
  { runDir, epoch }: Settings,
  recorder: Recorder,
  { onHistory }: SuperviseOptions,
): History {
  return onDisk(
    'write the recording',
    () =>
      new History({
        path: join(runDir, 'history.jsonl'),
        epochMs: epoch.trueMs,
        trueNowMs,
        onEntry: onHistory,
        onStopped: (reason) =>
          recorder.record('recording.stopped', null, { reason: `history.jsonl: ${reason}` }),
      }),
  );
}

/** `program`: its label. */
export function writeRunInfo(settings: Settings, program: string): void {
  const text = `${JSON.stringify(runInfo(settings, program), null, 2)}\n`;
  onDisk('write the recording', () =>
    writeFileSync(join(settings.runDir, 'run.json'), text, { mode: 0o600, flag: 'wx' }),
  );
}
