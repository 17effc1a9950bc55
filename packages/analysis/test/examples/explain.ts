import { buildRun, compareOrders, explainMessage, explanationInWords } from '@faultline/analysis';
import type { RecordedRun } from '@faultline/recording';

export function explain(recorded: RecordedRun, id: string): string[] {
  const run = buildRun(recorded);
  const { acrossNodes } = compareOrders(run);
  return [
    ...explanationInWords(run, explainMessage(run, id)),
    `${acrossNodes.lies} of ${acrossNodes.pairs} pairs of steps lie`,
  ];
}
