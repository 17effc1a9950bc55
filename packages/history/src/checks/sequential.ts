import { Type } from 'typebox';
import { checkSequential } from '../promises/sequential.ts';
import { defineCheck } from './check.ts';
import { ModelOption, modelOf } from './models.ts';

export const sequential = defineCheck({
  name: 'sequential',
  summary: 'one order of all operations that keeps each client’s own; for short histories',
  options: Type.Object({
    model: ModelOption,
    statesMax: Type.Optional(
      Type.Integer({
        minimum: 1,
        default: 200_000,
        description: 'states that the search may visit',
      }),
    ),
  }),
  short: 'model',
  matcher: "toBeConsistent('sequential', { model: register })",
  promise: 'be sequentially consistent',
  run: (history, { model, ...bounds }, context) =>
    checkSequential(history, {
      model: modelOf(model, context),
      ...bounds,
      ...(context.isOver === undefined ? {} : { isOver: context.isOver }),
    }),
});
