import { FaultlineError } from '@faultline/protocol';
import { shown } from '@faultline/protocol/fit';
import { Type } from 'typebox';
import { checkLinearizable, type LinearizabilityOptions } from '../linearizability/check.ts';
import type { Model } from '../models/model.ts';
import { type CheckContext, defineCheck } from './check.ts';
import { given, type Question } from './matcher.ts';
import { ModelOption, modelName, modelOf } from './models.ts';

const linearizable = defineCheck({
  name: 'linearizable',
  summary: 'each operation took effect at one moment between its invocation and its end',
  options: Type.Object({
    model: ModelOption,
    maxSteps: Type.Optional(
      Type.Integer({ minimum: 1, default: 200_000_000, description: 'steps of the search' }),
    ),
    maxBytes: Type.Optional(
      Type.Integer({ minimum: 1, default: 512 * 2 ** 20, description: 'memory of the search' }),
    ),
    maxShrinkSteps: Type.Optional(
      Type.Integer({
        minimum: 0,
        default: 5_000_000,
        description: 'steps that make a witness small',
      }),
    ),
  }),
  short: 'model',
  matcher: 'toBeLinearizable(register)',
  promise: 'be linearizable',
  run(history, { model, ...bounds }, context) {
    const { isOver } = context;
    return checkLinearizable(history, modelOf(model, context), {
      ...bounds,
      ...(isOver === undefined ? {} : { isOver }),
    });
  },
});

export const linearizableChecks = [linearizable];

export const linearizableMatchers = {
  /** Each operation took effect once, between its invocation and its end. */
  toBeLinearizable(model: Model, { isOver, ...options }: LinearizabilityOptions = {}): Question {
    if (typeof (model as Partial<Model> | undefined)?.step !== 'function') {
      throw new FaultlineError(
        'BAD_REQUEST',
        `toBeLinearizable: expected a model, such as register in \`toBeLinearizable(register)\`, got ${shown(model)}`,
      );
    }
    return {
      check: linearizable,
      ...aboutModel(model, given(options), isOver),
      promise: `be linearizable (${model.name})`,
    };
  },
};

/** A check about an object of the test, and its form in a plan. */
export function aboutModel(
  model: Model,
  options: Question['options'],
  isOver?: CheckContext['isOver'],
): Pick<Question, 'options' | 'context' | 'said'> {
  const name = modelName(model);
  return {
    options,
    context: { model, isOver },
    said: name === undefined ? null : { model: name, ...options },
  };
}
