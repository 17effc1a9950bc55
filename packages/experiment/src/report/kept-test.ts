/**
 * The file beside the recording of a failed test, `test.json`: which load its plan describes and, if no
 * plan can represent the test, why.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FaultlineError } from '@faultline/protocol';

export interface KeptTest {
  /** Null: `plan.json` replays the test. */
  readonly unreplayable: string | null;
  /**
   * Which of the recording's loads is judged: 0 is the first. Null: none. A plan cannot state this, because
   * it omits earlier loads that plans cannot express.
   */
  readonly judgedLoad: number | null;
}

const fileName = 'test.json';

/** Synchronous: a run may be kept while the process exits. */
export function writeKeptTest(dir: string, kept: KeptTest): void {
  writeFileSync(join(dir, fileName), `${JSON.stringify(kept, null, 2)}\n`, { mode: 0o600 });
}

/** Null for a run that does not come from a failed test. Throws BAD_RECORDING. */
export function readKeptTest(dir: string): KeptTest | null {
  let text: string;
  try {
    text = readFileSync(join(dir, fileName), 'utf8');
  } catch {
    return null;
  }
  const kept = parsed(text);
  if (isKeptTest(kept)) return kept;
  throw new FaultlineError(
    'BAD_RECORDING',
    `${fileName} of the recording at ${dir}: expected { unreplayable, judgedLoad }; keep the run again by running its test`,
    { dir },
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isKeptTest(kept: unknown): kept is KeptTest {
  if (typeof kept !== 'object' || kept === null) return false;
  const { unreplayable, judgedLoad } = kept as Partial<Record<keyof KeptTest, unknown>>;
  const isReason = unreplayable === null || typeof unreplayable === 'string';
  return isReason && (judgedLoad === null || Number.isInteger(judgedLoad));
}
