import { FaultlineError } from '@faultline/protocol';
import { expect } from 'vitest';
import { decide, type EdgeRules, type Message, RuleSet, type Verdict } from '../../src/index.ts';

export const message: Message = { type: 'append', isReply: false, bodyBytes: 100 };

export function ruleSet(seed: string | number, ...specs: object[]): RuleSet {
  const rules = new RuleSet(seed);
  for (const spec of specs) rules.add(spec, { nowMs: 0 });
  return rules;
}

/** Installs those of the rules that can be installed: a rule may need another. */
export function tryRuleSet(seed: string | number, specs: readonly object[]): RuleSet {
  const rules = new RuleSet(seed);
  specs.forEach((spec, i) => {
    try {
      rules.add(spec, { id: `s${i}`, nowMs: 0 });
    } catch (error) {
      expect(error).toBeInstanceOf(FaultlineError);
    }
  });
  return rules;
}

/** Verdicts of the next n messages. */
export function send(edge: EdgeRules, n: number, what: Partial<Message> = {}): Verdict[] {
  const sent = { ...message, ...what };
  return Array.from({ length: n }, () => decide(edge, sent, 0));
}

export function refusal(act: () => unknown): FaultlineError {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(FaultlineError);
    return error as FaultlineError;
  }
  throw new Error('expected a refusal and there was none');
}
