/** The labelled histories, where they are: beside the repository. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { checkLinearizable, keyValueOf, readHistory, register } from '../src/index.ts';

const data = new URL('../../../../shared/data/linearizability/', import.meta.url);
const isThere = existsSync(data);
const why = isThere ? '' : ` (left out: no ${data.pathname})`;

const linearizable = new Set([
  2, 5, 7, 18, 25, 31, 38, 45, 48, 49, 51, 53, 56, 67, 75, 76, 80, 87, 92, 98, 100, 101, 102,
]);
/** The cluster of this one never started. */
const neverStarted = 95;

const read = (path: string) => readHistory(readFileSync(new URL(path, data), 'utf8'));

describe.skipIf(!isThere)(`labelled histories${why}`, () => {
  test('all 102 etcd logs get the verdict of their label', () => {
    const names = isThere ? readdirSync(new URL('jepsen/', data)) : [];
    const verdicts = names.map((name) => {
      const number = Number(/\d+/.exec(name)![0]);
      const options = { maxShrinkSteps: 100_000 };
      return [number, checkLinearizable(read(`jepsen/${name}`), register, options).verdict];
    });
    expect(Object.fromEntries(verdicts)).toEqual(
      Object.fromEntries(
        verdicts.map(([number]) => {
          if (number === neverStarted) return [number, 'vacuous'];
          return [number, linearizable.has(number as number) ? 'ok' : 'violated'];
        }),
      ),
    );
    expect(names).toHaveLength(103);
  });

  test.each(isThere ? readdirSync(new URL('kv/', data)) : [])(
    '%s is what its name says',
    (name) => {
      const { verdict } = checkLinearizable(read(`kv/${name}`), keyValueOf(''));
      expect(verdict).toBe(name.endsWith('-ok.txt') ? 'ok' : 'violated');
    },
  );
});
