/** One check for each model of transactions. */
import { Type } from 'typebox';
import { checkTransactions } from '../transactions/check.ts';
import { transactionModels } from '../transactions/models.ts';
import { defineCheck } from './check.ts';

const scalar = Type.Union([Type.Number(), Type.String(), Type.Boolean()]);

const options = Type.Object({
  kind: Type.Optional(
    Type.Enum(['append', 'register'], {
      title: 'a kind of transactions',
      description: 'append lists or registers; default: detected from the steps',
    }),
  ),
  keys: Type.Optional(
    Type.Enum(['none', 'convergent', 'linearizable'], {
      title: 'what is known of keys',
      default: 'none',
      description: 'for registers: what is known about the order of the versions of a key',
    }),
  ),
  initial: Type.Optional(
    Type.Union([scalar, Type.Array(scalar)], {
      title: 'a value such as 0, or of lists a list such as [0]',
      description: 'what each key holds before its first write; default: nothing',
      examples: [0, [0]],
    }),
  ),
  stepsMax: Type.Optional(
    Type.Integer({
      minimum: 1,
      default: 5_000_000,
      description: 'steps of each search for a cycle',
    }),
  ),
});

/** The strongest first. */
export const transactionChecks = transactionModels.toReversed().map((model) =>
  defineCheck({
    name: model,
    summary: `transactions are ${model.replaceAll('-', ' ')}`,
    options,
    short: 'kind',
    matcher: `toBeConsistent('${model}')`,
    promise: `be ${model}`,
    run: (history, asked) => checkTransactions(history, { model, ...asked }),
  }),
);
