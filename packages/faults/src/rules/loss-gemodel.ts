/**
 * Loss in bursts: the Gilbert-Elliott model, as netem's `loss gemodel` has it (tc-netem(8); Hasslinger
 * and Hohlfeld, "The Gilbert-Elliott Model for Packet Loss in Real Time Services on the Internet",
 * 2008, §2). The link is good or bad; with each message it may change.
 *
 *              p
 *        good ───▶ bad        lost while good: 1-k, while bad: 1-h
 *             ◀───
 *               r
 *
 * In the long run it is bad for p/(p+r) of the messages, and a bad period lasts 1/r of them.
 */
import { FaultlineError, formatPercent } from '@faultline/protocol';
import { Type } from 'typebox';
import { type Behaviour, defineKind } from '../kind.ts';
import { probability, readProbability } from '../settings.ts';

interface Odds {
  readonly toBad: number;
  readonly toGood: number;
  readonly lossInBad: number;
  readonly lossInGood: number;
}

export const lossGemodel = defineKind({
  name: 'loss-gemodel',
  summary: 'lose messages in bursts: Gilbert-Elliott, with the parameters of netem',
  stage: 22,
  settings: Type.Object(
    {
      p: probability('probability that a good link turns bad, per message'),
      r: Type.Optional(probability('probability that a bad link turns good (default: 1-p)')),
      '1-h': Type.Optional(
        probability('probability that a message is lost while bad (default: 1)'),
      ),
      '1-k': Type.Optional(
        probability('probability that a message is lost while good (default: 0)'),
      ),
    },
    { additionalProperties: false },
  ),
  prepare(settings) {
    const toBad = readProbability('p', settings.p);
    const odds: Odds = {
      toBad,
      toGood: settings.r === undefined ? 1 - toBad : readProbability('r', settings.r),
      lossInBad: settings['1-h'] === undefined ? 1 : readProbability('1-h', settings['1-h']),
      lossInGood: settings['1-k'] === undefined ? 0 : readProbability('1-k', settings['1-k']),
    };
    if (odds.toBad === 0 && odds.lossInGood === 0) {
      const message = 'expected a probability above 0: the link would never turn bad';
      throw new FaultlineError('BAD_RULE', message, { property: 'p' });
    }
    return {
      normal: { ...odds },
      words: (messages) =>
        `lose ${messages} in bursts: good to bad ${formatPercent(odds.toBad)}, back ${formatPercent(odds.toGood)}, lost ${formatPercent(odds.lossInBad)} while bad and ${formatPercent(odds.lossInGood)} while good`,
      start: () => start(odds),
    };
  },
});

function start({ toBad, toGood, lossInBad, lossInGood }: Odds): Behaviour {
  let isBad = false;
  let isLost = false;
  return {
    // As in netem, a message sees the state that the previous one has left.
    meet(draws) {
      const changes = draws.chance(isBad ? toGood : toBad);
      isLost = draws.chance(isBad ? lossInBad : lossInGood);
      if (changes) isBad = !isBad;
    },
    act(copy) {
      if (isLost) copy.lose();
    },
  };
}
