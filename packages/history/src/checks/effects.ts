import { Type } from 'typebox';
import { checkEffects, type EffectsOptions } from '../promises/effects.ts';
import { defineCheck } from './check.ts';
import { given, type Question, requireWord } from './matcher.ts';

const effectsOptions = Type.Object({
  event: Type.Optional(
    Type.String({
      minLength: 1,
      title: 'the name of an event',
      description: 'the event that reports each effect; default: the values of the final reads',
      examples: ['charged'],
    }),
  ),
  f: Type.Optional(
    Type.String({
      description: 'the operation that requests an effect; default: all except reads',
    }),
  ),
  effects: Type.Optional(
    Type.Array(Type.Unsafe<NonNullable<EffectsOptions['effects']>[number]>({}), {
      description: 'the effects that happened, each listed as often as it happened',
    }),
  ),
});

const effects = (promise: EffectsOptions['promise'], summary: string) =>
  defineCheck({
    name: promise.replaceAll(' ', '-'),
    summary,
    options: effectsOptions,
    short: 'event',
    matcher: `toTakeEffect('${promise}')`,
    promise: `take effect ${promise}`,
    run: (history, options) => checkEffects(history, { promise, ...options }),
  });

const atMostOnce = effects(
  'at most once',
  'each effect happens once if it was acknowledged, and at most once otherwise',
);
const exactlyOnce = effects(
  'exactly once',
  'each effect happens once, however often it was requested',
);

export const effectsChecks = [atMostOnce, exactlyOnce];

export const effectsMatchers = {
  /** Each requested effect happened `at most once` or `exactly once`, however often it was requested. */
  toTakeEffect(
    promise: EffectsOptions['promise'],
    options: Omit<EffectsOptions, 'promise'> = {},
  ): Question {
    requireWord('toTakeEffect', promise, [
      'at most once',
      'exactly once',
    ] satisfies (typeof promise)[]);
    const check = promise === 'exactly once' ? exactlyOnce : atMostOnce;
    return { check, options: given(options) };
  },
};
