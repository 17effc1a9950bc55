import { expect, test } from 'vitest';
import { exportFormats, type Run, type Selection } from '../../src/index.ts';
import { Story } from '../helpers/story.ts';

const written = (run: Run, selection?: Selection): string =>
  [...exportFormats.mermaid(run, selection)].join('');

test('messages are arrows in the order of their fates, and lost ones end in a cross', () => {
  const story = new Story();
  const slow = story.rule({ kind: 'delay', links: 'n1>n2', settings: { delay: '50ms' } });
  story.send('n1', 'n2', 'slow');
  story.unlink(slow);
  story.rule({ kind: 'loss', links: 'n2>n1', replies: true, settings: { probability: 1 } });
  story.send('c1', 'n2', 'write', { msgId: 1 });
  story.send('n2', 'c1', 'write_ok', { inReplyTo: 1 });
  story.send('n2', 'n1', 'slow_ok', { inReplyTo: 3 });
  expect(written(story.run())).toBe(`sequenceDiagram
  participant m_c1 as c1
  participant m_n1 as n1
  participant m_n2 as n2
  m_n1->>m_n2: slow n1.1.1, after 50ms
  m_c1->>m_n2: write c1.1.1
  m_n2-->>m_c1: write_ok n2.1.1
  m_n2--xm_n1: slow_ok n2.1.2, lost by r2
`);
});

test('no message type can break out of its label', () => {
  const story = new Story();
  story.send('n1', 'n2', 'a;end\nnote over n1: "x" #1');
  const [, , , arrow, ...rest] = written(story.run()).split('\n');
  expect(arrow).toBe('  m_n1->>m_n2: a#59;end note over n1: #34;x#34; #35;1 n1.1.1');
  expect(rest).toEqual(['']);
});

test('no message type reaches a terminal unescaped', () => {
  const story = new Story();
  story.send('n1', 'n2', '\x1b[2Jgone\u202e');
  expect(written(story.run())).toContain('m_n1->>m_n2: \ufffd[2Jgone\ufffd n1.1.1');
});

test('too many messages for a diagram are refused, with the flags that select fewer', () => {
  const story = new Story();
  for (let i = 0; i < 201; i++) story.send('n1', 'n2', i === 7 ? 'rare' : 'note');
  const run = story.run();
  expect(() => written(run)).toThrow(
    /201 messages is unreadable: select at most 200, for example with --from/,
  );
  expect(written(run, { type: 'rare' })).toContain('rare n1.1.8');
  expect(written(run, { latest: 3 }).match(/->>/g)).toHaveLength(3);
  expect(written(run, { fromMs: 1000, toMs: 1010 }).split('->>').length).toBeGreaterThan(2);
});
