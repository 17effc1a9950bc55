import { checkLinearizable, defineModel, keyValue, readHistory } from '../../src/index.ts';

const recorded = `
{"type":"invoke","process":"c1","atMs":0,"f":"write","value":{"key":"x","value":1}}
{"type":"ok","process":"c1","atMs":4,"f":"write","value":{}}
{"type":"invoke","process":"c1","atMs":5,"f":"write","value":{"key":"x","value":2}}
{"type":"ok","process":"c1","atMs":9,"f":"write","value":{}}
{"type":"invoke","process":"c2","atMs":12,"f":"read","value":{"key":"x"},"node":"n3"}
{"type":"ok","process":"c2","atMs":14,"f":"read","value":{"value":1},"node":"n3"}
{"type":"fault","fromMs":3,"toMs":20,"what":"partition n1, n2 | n3","hits":7}
`;

export function staleRead(): string[] {
  const { verdict, explanation } = checkLinearizable(readHistory(recorded), keyValue);
  return [verdict, ...explanation];
}

/** A custom model. `step` returns the next state, or undefined if the answer is impossible. */
export const stack = defineModel<readonly unknown[]>({
  name: 'stack',
  init: [],
  step(state, { f, input, output, type }) {
    if (f === 'push') return [input, ...state];
    const isRight = type === 'info' || output === (state[0] ?? null);
    return f === 'pop' && isRight ? state.slice(1) : undefined;
  },
});
