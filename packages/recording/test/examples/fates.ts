import { openRun } from '../../src/index.ts';

export async function fatesIn(dir: string): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  const run = await openRun(dir);
  for await (const facts of run.facts()) {
    for (const fact of facts) {
      if (fact.kind !== 'fate') continue;
      counts[fact.fate] = (counts[fact.fate] ?? 0) + 1;
    }
  }
  return counts;
}
