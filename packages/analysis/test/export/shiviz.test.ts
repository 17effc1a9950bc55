import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRun, exportFormats, type Run, type Selection } from '../../src/index.ts';
import { executions, info } from '../helpers/execution.ts';
import { Story } from '../helpers/story.ts';

interface LogEvent {
  readonly event: string;
  readonly host: string;
  readonly clock: Readonly<Record<string, number>>;
  readonly fields: Readonly<Record<string, string | undefined>>;
}

/**
 * What ShiViz does with an uploaded file: the first line is the parser, the second the delimiter of
 * executions, the rest the log. Then the checks of its VectorTimestamp and ModelGraph, one by one.
 */
function load(text: string): LogEvent[] {
  const [pattern = '', delimiter, ...rest] = text.split('\n');
  expect(delimiter).toBe('');
  const log = rest.join('\n').trim();
  const found = [...log.matchAll(new RegExp(`^${pattern}$`, 'gm'))].map(({ groups }) => {
    const { event = '', host = '', clock = '', ...fields } = groups!;
    return { event, host, clock: JSON.parse(clock) as Record<string, number>, fields };
  });
  const byHost = new Map<string, LogEvent[]>();
  for (const each of found) {
    for (const count of Object.values(each.clock)) {
      expect(Number.isInteger(count) && count > 0).toBe(true);
    }
    expect(each.clock).toHaveProperty([each.host]);
    byHost.set(each.host, [...(byHost.get(each.host) ?? []), each]);
  }
  for (const [host, events] of byHost) {
    const counts = events.map(({ clock }) => clock[host]!).sort((a, b) => a - b);
    expect(counts).toEqual(counts.map((_, index) => index + 1));
    for (const { clock } of events) {
      for (const [other, count] of Object.entries(clock)) {
        expect(count).toBeLessThanOrEqual(byHost.get(other)?.length ?? 0);
      }
    }
  }
  return found;
}

const written = (run: Run, selection?: Selection): string =>
  [...exportFormats.shiviz(run, selection)].join('');

test('ShiViz accepts every run, with every step of it', () => {
  fc.assert(
    fc.property(executions, ({ facts, steps }) => {
      const run = buildRun({ run: info, facts, events: [], history: [] });
      expect(load(written(run))).toHaveLength(steps.length);
    }),
  );
});

test('an exported part of a run has no gaps in its clocks', () => {
  fc.assert(
    fc.property(executions, fc.constantFrom('n1', 'n2', 'c1'), ({ facts }, src) => {
      const run = buildRun({ run: info, facts, events: [], history: [] });
      const events = load(written(run, { src }));
      for (const { fields } of events) expect(fields.message).toMatch(new RegExp(`^${src}\\.`));
    }),
  );
});

test('lost messages are named with the rule that lost them', () => {
  const story = new Story();
  story.rule({ kind: 'loss', links: 'n1>n2', settings: { probability: 1 } });
  story.send('n1', 'n2', 'two\nlines');
  expect(load(written(story.run()))).toMatchObject([
    { event: 'n1 sends two lines to n2 (n1.1.1): lost by r1', host: 'n1', clock: { n1: 1 } },
  ]);
});

test('no text of a program reaches a terminal unescaped', () => {
  const story = new Story();
  story.send('n1', 'n2', '\x1b[2Jgone\u202e');
  const text = [...exportFormats.shiviz(story.run())].join('');
  expect(text).toContain('\ufffd[2Jgone\ufffd');
  for (const raw of ['\x1b', '\u202e']) expect(text).not.toContain(raw);
});
