/** The matcher that sequential and causal consistency, session guarantees and transactions share. */
import { FaultlineError } from '@faultline/protocol';
import { nearest, shown } from '@faultline/protocol/fit';
import type { Model } from '../models/model.ts';
import type { CausalForm } from '../promises/causal.ts';
import type { SessionGuarantee, VersionOrder } from '../promises/session.ts';
import type { TransactionOptions } from '../transactions/check.ts';
import type { TransactionModel } from '../transactions/models.ts';
import { causalChecks } from './causal.ts';
import type { Check } from './check.ts';
import { aboutModel } from './linearizable.ts';
import { given, type Question } from './matcher.ts';
import { sequential } from './sequential.ts';
import { type SessionCheck, sessionChecks } from './sessions.ts';
import { transactionChecks } from './transactions.ts';

/** Names of checks; session guarantees also in plain words. */
export type Consistency =
  | TransactionModel
  | SessionCheck
  | SessionGuarantee
  | 'session guarantees'
  | 'sequential'
  | CausalForm;

export interface ConsistencyOptions
  extends Pick<TransactionOptions, 'keys' | 'stepsMax' | 'kind' | 'initial'> {
  /** Of `sequential`: what the object is. */
  readonly model?: Model;
  /** Of session guarantees: what orders versions, where the store has an order. */
  readonly order?: VersionOrder;
}

export const consistencyChecks: readonly Check[] = [
  sequential,
  ...causalChecks,
  ...sessionChecks,
  ...transactionChecks,
];

export const consistencyMatchers = {
  /** Transactions satisfy a model; or reads and writes satisfy a session guarantee, causality or sequential consistency. */
  toBeConsistent(promise: Consistency, options: ConsistencyOptions = {}): Question {
    const name = String(promise).replaceAll(' ', '-');
    const check = consistencyChecks.find((each) => each.name === name);
    if (check === undefined) {
      const names = consistencyChecks.map((each) => each.name);
      const meant = nearest(name, names);
      const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
      throw bad(`toBeConsistent: there is no consistency model ${shown(promise)}; ${hint}`);
    }
    const { model } = options;
    if (check !== sequential || model === undefined) {
      if (check === sequential) {
        throw bad(
          'toBeConsistent: sequential consistency needs a model, such as `{ model: register }`',
        );
      }
      return { check, options: given(options) };
    }
    return { check, ...aboutModel(model, given(options, 'model')) };
  },
};

const bad = (message: string): FaultlineError => new FaultlineError('BAD_REQUEST', message);
