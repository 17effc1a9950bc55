/**
 * Loss in bursts with gaps in them: the four-state Markov model of netem's `loss state` (tc-netem(8);
 * Salsano, Ludovici, Ordine and Giannuzzi, "Definition of a general and intuitive loss model for
 * packet networks and its implementation in the Netem module in the Linux kernel", 2012).
 *
 *   1 received in a gap      p13 to 3, p14 to 4
 *   2 received in a burst    p23 to 3
 *   3 lost in a burst        p31 to 1, p32 to 2
 *   4 lost alone             always back to 1
 *
 * Each message makes one transition, and the new state is its fate.
 */
import { FaultlineError, formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, type Draws, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

interface Odds {
  readonly p13: number;
  readonly p31: number;
  readonly p32: number;
  readonly p23: number;
  readonly p14: number;
}

export const lossState = defineKind({
  name: 'loss-state',
  summary: 'lose messages in bursts: the 4-state model, with the parameters of netem',
  stage: 24,
  settings: Type.Object(
    {
      p13: probability('probability that a burst begins'),
      p31: Type.Optional(
        probability('probability that a burst ends after a loss (default: 1-p13)'),
      ),
      p32: Type.Optional(
        probability('probability that messages get through within a burst (default: 0)'),
      ),
      p23: Type.Optional(probability('probability that losses resume within a burst (default: 1)')),
      p14: Type.Optional(probability('probability of an isolated loss (default: 0)')),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const given = (name: keyof Odds, otherwise: number): number => {
      const value = settings[name];
      return value === undefined ? otherwise : readProbability(name, value);
    };
    const p13 = readProbability('p13', settings.p13);
    const odds: Odds = {
      p13,
      p31: given('p31', 1 - p13),
      p32: given('p32', 0),
      p23: given('p23', 1),
      p14: given('p14', 0),
    };
    requireSum('p14', 'p13', odds.p13 + odds.p14);
    requireSum('p32', 'p31', odds.p31 + odds.p32);
    const list = Object.entries(odds).map(([name, value]) => `${name} ${formatPercent(value)}`);
    return {
      normal: { ...odds },
      words: (messages) => `lose ${messages} in bursts: ${list.join(', ')}`,
      start: () => start(odds),
    };
  },
});

/** The probabilities of leaving a state must not exceed 1. */
function requireSum(property: string, other: string, sum: number): void {
  if (sum <= 1 + 1e-9) return;
  const message = `expected at most 100% together with ${other}, got ${formatPercent(sum)}`;
  throw new FaultlineError('BAD_RULE', message, { property });
}

function start(odds: Odds): Behaviour {
  let state = 1;
  return {
    meet(draws) {
      state = next(state, odds, draws);
    },
    act(copy) {
      if (state === 3 || state === 4) copy.lose();
    },
  };
}

function next(state: number, { p13, p31, p32, p23, p14 }: Odds, draws: Draws): number {
  // One draw for each message, in any state: the part of [0, 1) that it falls into decides.
  const draw = draws.next();
  switch (state) {
    case 1:
      if (draws.isBelow(draw, p13)) return 3;
      return draws.isBelow(draw, p13 + p14) ? 4 : 1;
    case 2:
      return draws.isBelow(draw, p23) ? 3 : 2;
    case 3:
      if (draws.isBelow(draw, p31)) return 1;
      return draws.isBelow(draw, p31 + p32) ? 2 : 3;
    default:
      return 1;
  }
}
