import { Type } from 'typebox';
import { type CausalForm, checkCausal } from '../promises/causal.ts';
import { defineCheck } from './check.ts';

const summaries: Readonly<Record<CausalForm, string>> = {
  causal: 'what depends on another is seen after it',
  'causal-memory': 'causal, with one order for each client that explains all it read',
  'causal-convergence': 'causal, with one order of writes that all agree on',
};

const causalForms = Object.keys(summaries) as readonly CausalForm[];

export const causalChecks = causalForms.map((form) =>
  defineCheck({
    name: form,
    summary: summaries[form],
    options: Type.Object({
      roundsMax: Type.Optional(
        Type.Integer({
          minimum: 1,
          default: 10_000,
          description: 'how often the order of all operations may be recomputed',
        }),
      ),
    }),
    matcher: `toBeConsistent('${form}')`,
    promise: form === 'causal' ? 'be causally consistent' : `satisfy ${form.replace('-', ' ')}`,
    run: (history, options) => checkCausal(history, { form, ...options }),
  }),
);
