import { expect, test } from 'vitest';
import { type AnomalyName, anomalyMeanings, transactionModels } from '../../src/index.ts';
import { implies, ruledOut, strongest } from '../../src/transactions/models.ts';

const anomalies = Object.keys(anomalyMeanings) as AnomalyName[];

test('strict serializability implies every model, and every model implies read uncommitted', () => {
  for (const model of transactionModels) {
    expect(implies('strict-serializable', model)).toBe(true);
    expect(implies(model, 'read-uncommitted')).toBe(true);
  }
});

test('models are in an order: no two imply each other', () => {
  for (const a of transactionModels) {
    for (const b of transactionModels) {
      if (a !== b) expect([a, b, implies(a, b) && implies(b, a)]).toEqual([a, b, false]);
    }
  }
});

test('an anomaly that rules out a model rules out every model that implies it', () => {
  for (const anomaly of anomalies) {
    const out = ruledOut([anomaly]);
    for (const model of out) {
      for (const stronger of transactionModels) {
        if (implies(stronger, model)) expect(out).toContain(stronger);
      }
    }
  }
});

test('every anomaly rules out strict serializability', () => {
  for (const anomaly of anomalies) expect(ruledOut([anomaly])).toContain('strict-serializable');
});

test('a cycle that needs an added order rules out no more than one that does not', () => {
  for (const shape of ['G0', 'G1c', 'G-single', 'G-nonadjacent', 'G2-item'] as const) {
    const plain = ruledOut([shape]);
    const process = ruledOut([`${shape}-process`]);
    const realTime = ruledOut([`${shape}-realtime`]);
    expect([...process].filter((model) => !plain.has(model))).toEqual([]);
    expect([...realTime].filter((model) => !process.has(model))).toEqual([]);
  }
});

test('the strongest of models are those that no other implies', () => {
  expect(strongest(['read-committed', 'snapshot-isolation', 'strong-read-committed'])).toEqual([
    'snapshot-isolation',
    'strong-read-committed',
  ]);
});
