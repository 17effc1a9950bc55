/** Replaces a selector that draws by the nodes that it drew. */
import type { RuleStatus } from '@faultline/protocol';
import { expect, test } from 'vitest';
import { drawsAgain, withDrawn } from '../../src/replay/drawn.ts';

const rules = (...links: string[]): RuleStatus[] =>
  links.map((text, i) => ({
    id: `r${i + 1}`,
    explains: 'cut',
    spec: { kind: 'cut', links: text, settings: {} },
    label: null,
    endsInMs: null,
  }));

test.each([
  [{ kill: 'random:2' }, { nodes: ['n1', 'n3'] }, { kill: 'n1,n3' }],
  [{ pause: 'minority', for: '1s' }, { nodes: ['n2'] }, { pause: 'n2', for: '1s' }],
  [
    { call: 'random:1', body: { type: 'read' } },
    { nodes: ['n2'] },
    { call: 'n2', body: { type: 'read' } },
  ],
  [
    { partition: 'minority | majority' },
    { added: rules('n2<>n1,n3') },
    { partition: 'n2 | n1,n3' },
  ],
  [
    { partition: 'random:1 | random:1 | rest', oneWay: true, for: '1s' },
    { added: rules('n2>n1; n2>n3,n4; n1>n3,n4') },
    { partition: 'n2 | n1 | n3,n4', oneWay: true, for: '1s' },
  ],
  [{ isolate: 'random:1' }, { added: rules('n2<>n1,n3') }, { partition: 'n2 | n1,n3' }],
  [{ bridge: 'random:1' }, { added: rules('n1,n2<>n4,n5') }, { partition: 'n1,n2 | n4,n5' }],
  [
    { link: { links: 'random:1>*', profile: 'satellite' } },
    { added: rules('n2>*', 'n2>*') },
    { link: { links: 'n2>*', profile: 'satellite' } },
  ],
  [
    { geography: { zones: 'eu: minority | us: majority', across: 'wan' } },
    {
      added: rules('n1<>n2,n3'),
      pairs: [
        { zones: ['eu', 'us'], nodes: [['n1'], ['n2', 'n3']], is: 'wan' },
        {
          zones: ['us', 'us'],
          nodes: [
            ['n2', 'n3'],
            ['n2', 'n3'],
          ],
          is: 'lan',
        },
      ],
    },
    { geography: { zones: 'eu: n1 | us: n2,n3', across: 'wan' } },
  ],
] as [Record<string, unknown>, Parameters<typeof withDrawn>[1], object][])(
  '%j is replaced by the nodes that it drew',
  (action, result, expected) => {
    expect(drawsAgain(action)).toBe(true);
    expect(withDrawn(action, result)).toEqual(expected);
    expect(drawsAgain(withDrawn(action, result))).toBe(false);
  },
);

test.each([
  [{ kill: 'leader' }, { nodes: ['n2'] }],
  [{ kill: 'n1-n3' }, { nodes: ['n1', 'n2', 'n3'] }],
  [{ partition: 'leader | rest' }, { added: rules('n2<>n1,n3') }],
  [{ link: { links: 'leader>*', kind: 'cut' } }, { added: rules('n2>*') }],
  [{ heal: true }, {}],
])('%j draws nothing and stays as written', (action, result) => {
  expect(drawsAgain(action)).toBe(false);
  expect(withDrawn(action, result)).toBe(action);
});
