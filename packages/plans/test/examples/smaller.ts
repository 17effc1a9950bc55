import {
  actionText,
  firingsOf,
  formatPlan,
  isSamePlan,
  parsePlan,
  withoutStep,
} from '../../src/index.ts';

const text = `
load: { workload: register, for: 10s }
steps:
  - every: 4s
    do: { pause: 'random:1', for: 1000ms }
  - { at: 9s, do: heal }
`;

export function example(): string[] {
  const plan = parsePlan(text, 'example.yaml');
  const times = firingsOf(plan).map(({ step, atMs }) => {
    return `${atMs} ms: ${plan.steps[step]!.do.map(actionText).join('; ')}`;
  });
  const smaller = withoutStep(plan, 1);
  const isSame = isSamePlan(parsePlan(formatPlan(smaller)), smaller);
  return [...times, `printed and read again: ${isSame ? 'the same' : 'another'}`];
}
