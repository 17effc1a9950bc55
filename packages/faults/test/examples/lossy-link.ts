import { decide, explain, RuleSet } from '@faultline/faults';

export function lossyLink(): string[] {
  const rules = new RuleSet('42');
  const installed = [
    { kind: 'delay', links: 'n1<>n2', settings: { delay: '50ms ± 10ms' } },
    { kind: 'loss', links: 'n1>n2', type: 'append', settings: { probability: '30%' } },
  ].map((spec) => rules.add(spec, { nowMs: 0 }));
  const lines = installed.map(({ id, spec }) => `${id}: ${explain(spec)}`);

  const edge = rules.edge('n1', 'n2');
  for (let i = 0; i < 4; i++) {
    const verdict = decide(edge, { type: 'append', isReply: false, bodyBytes: 100 }, 0);
    for (const { outcome, delayMs, rules: by } of verdict ?? []) {
      lines.push(`message ${edge.ordinal}: ${outcome} after ${delayMs.toFixed(1)} ms, by ${by}`);
    }
  }
  return lines;
}
