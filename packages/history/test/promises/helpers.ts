import type { Json } from '@faultline/protocol';
import type { CheckResult, FaultInterval, History, Operation } from '../../src/index.ts';

export type Given = Partial<Operation> & { readonly f: string };

/**
 * Operations one after another, each a ms long and begun 10 ms after the one before, unless `at` says
 * otherwise; answered ok unless `type` does.
 */
export function history(given: readonly Given[], faults?: readonly FaultInterval[]): History {
  const operations = given.map((one, index): Operation => {
    const type = one.type ?? 'ok';
    const invokedMs = one.invokedMs ?? index * 10;
    const endedMs = type === 'info' ? null : (one.endedMs ?? invokedMs + 1);
    return { index, process: 'c1', input: null, ...one, type, invokedMs, endedMs };
  });
  return faults === undefined ? { operations } : { operations, faults };
}

/** At these times. */
export const at = (invokedMs: number, endedMs: number) => ({ invokedMs, endedMs });

export const w = (
  process: string,
  key: string,
  input: Json,
  more: Partial<Operation> = {},
): Given => ({
  f: 'write',
  process,
  key,
  input,
  ...more,
});

export const r = (
  process: string,
  key: string,
  output: Json,
  more: Partial<Operation> = {},
): Given => ({
  f: 'read',
  process,
  key,
  output,
  ...more,
});

export const add = (input: number, more: Partial<Given> = {}): Given => ({
  f: 'add',
  input,
  ...more,
});

export const remove = (input: number, more: Partial<Given> = {}): Given => ({
  f: 'remove',
  input,
  ...more,
});

/** The names of what was found, and the verdict. */
export function outcome({ verdict, witness }: CheckResult): string {
  const { name } = (witness ?? { name: '' }) as { name: string };
  return name === '' ? verdict : `${verdict}: ${name}`;
}
