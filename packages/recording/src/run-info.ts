/** `run.json`: the facts of a run that are known when it starts. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaultlineError, type RunInfo, runVersion } from '@faultline/protocol';

/** Throws NOT_FOUND, BAD_RECORDING. */
export async function readInfo(dir: string): Promise<RunInfo> {
  const path = join(dir, 'run.json');
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new FaultlineError('NOT_FOUND', `there is no recording at ${dir}: no run.json`, {
        dir,
      });
    }
    throw bad(dir, `its run.json cannot be read: ${message}`);
  }
  let info: Partial<RunInfo> | null;
  try {
    info = JSON.parse(text) as Partial<RunInfo> | null;
  } catch {
    throw bad(dir, 'its run.json is not JSON');
  }
  if (typeof info !== 'object' || info === null || typeof info.version !== 'number') {
    throw bad(dir, 'its run.json has no version');
  }
  if (info.version !== runVersion) {
    throw bad(dir, `it is of version ${info.version}; expected version ${runVersion}`);
  }
  const { epoch, name, pid, seed } = info;
  if (
    typeof epoch?.trueMs !== 'number' ||
    typeof epoch.wallMs !== 'number' ||
    typeof name !== 'string' ||
    typeof seed !== 'string' ||
    typeof pid !== 'number' ||
    !Array.isArray(info.nodes)
  ) {
    throw bad(dir, 'its run.json lacks required fields');
  }
  return info as RunInfo;
}

function bad(dir: string, why: string): FaultlineError {
  return new FaultlineError('BAD_RECORDING', `the recording at ${dir} cannot be used: ${why}`, {
    dir,
  });
}
