/** The models that a plan may name. */
import { Type } from 'typebox';
import { appendList } from '../models/append-list.ts';
import { bank } from '../models/bank.ts';
import { counter } from '../models/counter.ts';
import { keyValue } from '../models/key-value.ts';
import { lease, lock } from '../models/lock.ts';
import type { Model } from '../models/model.ts';
import { queue } from '../models/queue.ts';
import { register } from '../models/register.ts';
import { set } from '../models/set.ts';
import type { CheckContext } from './check.ts';

const models = {
  register: register as Model,
  'key-value': keyValue as Model,
  counter: counter as Model,
  set: set as Model,
  queue: queue as Model,
  lock: lock as Model,
  lease: lease as Model,
  'append-list': appendList as Model,
  bank: bank() as Model,
};

export type ModelName = keyof typeof models;

export const ModelOption = Type.Optional(
  Type.Enum(Object.keys(models) as ModelName[], {
    title: 'a model',
    description:
      'the object that the operations act on; default: the model of the workload, or key-value',
  }),
);

/** A named model, or that of the workload. */
export const modelOf = (name: ModelName | undefined, { model }: CheckContext): Model =>
  name === undefined ? (model ?? models['key-value']) : models[name];

/** Undefined for a model that no plan can name. One that is made with options is known by its name. */
export const modelName = (model: Model): ModelName | undefined =>
  (Object.keys(models) as ModelName[]).find(
    (name) => models[name] === model || (name === 'bank' && model.name === 'bank'),
  );
