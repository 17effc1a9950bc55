import fc from 'fast-check';
import { expect, test } from 'vitest';
import { buildRun, exportFormats, type Run, type Selection } from '../../src/index.ts';
import { executions, info } from '../helpers/execution.ts';
import { Story } from '../helpers/story.ts';

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly Attribute[];
  readonly events?: readonly { timeUnixNano: string; name: string; attributes: Attribute[] }[];
  readonly status?: { readonly code: number; readonly message: string };
  /** Of its resource. */
  readonly service: string;
}

interface ResourceSpans {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeSpans: readonly { readonly spans: readonly Omit<Span, 'service'>[] }[];
}

interface Attribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

/**
 * Reads the file and holds it to OTLP's JSON encoding: ids in hex of their length and not zero, 64-bit
 * numbers as texts, enums as numbers, every value with its type; and to what a trace store expects: span
 * ids that are unique, parents in the same trace.
 */
function load(run: Run, selection?: Selection): Span[] {
  const text = [...exportFormats.otlp(run, selection)].join('');
  const { resourceSpans } = JSON.parse(text) as { resourceSpans: ResourceSpans[] };
  const spans: Span[] = [];
  for (const { resource, scopeSpans } of resourceSpans) {
    const service = resource.attributes.find(({ key }) => key === 'service.name');
    for (const each of scopeSpans.flatMap(({ spans: own }) => own)) {
      spans.push({ ...each, service: String(service!.value.stringValue) });
    }
    checkAttributes(resource.attributes);
  }
  const byId = new Map(spans.map((span) => [span.spanId, span]));
  expect(byId.size).toBe(spans.length);
  for (const span of spans) {
    expect(span.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(span.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect(span.startTimeUnixNano).toMatch(/^[0-9]{19}$/);
    expect(BigInt(span.endTimeUnixNano) >= BigInt(span.startTimeUnixNano)).toBe(true);
    expect([2, 3, 4, 5]).toContain(span.kind);
    checkAttributes(span.attributes);
    for (const event of span.events ?? []) {
      expect(event.timeUnixNano).toMatch(/^[0-9]{19}$/);
      checkAttributes(event.attributes);
    }
    if (span.parentSpanId === undefined) continue;
    expect(byId.get(span.parentSpanId)?.traceId).toBe(span.traceId);
  }
  return spans;
}

function checkAttributes(attributes: readonly Attribute[]): void {
  for (const { key, value } of attributes) {
    expect(key).not.toBe('');
    const [[type, content] = []] = Object.entries(value);
    if (type === 'intValue') expect(content).toMatch(/^-?\d+$/);
    else expect([type, typeof content]).toEqual(['stringValue', 'string']);
  }
}

test('every run is valid OTLP, and the same run has the same ids', () => {
  fc.assert(
    fc.property(executions, ({ facts }) => {
      const build = (): Run => buildRun({ run: info, facts, events: [], history: [] });
      const spans = load(build());
      expect(spans).toHaveLength(build().stepCount - localsIn(build()));
      expect(load(build())).toEqual(spans);
    }),
  );
});

const localsIn = (run: Run): number => run.locals.size;

test('a part of a run names no parents that are not in it', () => {
  fc.assert(
    fc.property(executions, fc.constantFrom('n1', 'c1'), ({ facts }, dest) => {
      load(buildRun({ run: info, facts, events: [], history: [] }), { dest });
    }),
  );
});

test("a client's call and the calls that it led to are one trace", () => {
  const story = new Story();
  const asked = story.send('c1', 'n1', 'write', { msgId: 1 });
  const led = story.send('n1', 'n2', 'append', { msgId: 9 });
  story.send('n2', 'n1', 'append_ok', { inReplyTo: 9 });
  story.handled('n2', led, 'replied');
  story.send('n1', 'c1', 'write_ok', { inReplyTo: 1 });
  story.handled('n1', asked, 'replied');
  const spans = load(story.run());
  const shown = spans.map(({ service, name, kind }) => `${service} ${name} ${kind}`).sort();
  expect(shown).toEqual(['c1 write 3', 'n1 append 3', 'n1 write 2', 'n2 append 2']);
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1);
  const find = (service: string, name: string): Span =>
    spans.find((span) => span.service === service && span.name === name)!;
  expect(find('n1', 'write').parentSpanId).toBe(find('c1', 'write').spanId);
  expect(find('n1', 'append').parentSpanId).toBe(find('n1', 'write').spanId);
  expect(find('n2', 'append').parentSpanId).toBe(find('n1', 'append').spanId);
  expect(find('c1', 'write').status).toBeUndefined();
});

test('with two handlers running, neither is taken for the cause', () => {
  const story = new Story();
  const first = story.send('c1', 'n1', 'write', { msgId: 1 });
  const second = story.send('c2', 'n1', 'write', { msgId: 1 });
  story.send('n1', 'n2', 'note');
  story.handled('n1', first, 'nothing');
  story.handled('n1', second, 'nothing');
  expect(load(story.run()).find(({ kind }) => kind === 4)?.parentSpanId).toBeUndefined();
});

test('a call without an answer is an error span with the reason', () => {
  const story = new Story();
  story.rule({ kind: 'loss', links: 'n1>n2', settings: { probability: 1 } });
  story.send('n1', 'n2', 'append', { msgId: 1 });
  story.send('n2', 'n1', 'append', { msgId: 1 });
  const [lost, unanswered] = load(story.run()).filter(({ kind }) => kind === 3);
  expect(lost).toMatchObject({ status: { code: 2, message: 'lost' }, events: [{ name: 'lost' }] });
  expect(unanswered).toMatchObject({ status: { code: 2, message: 'no answer' } });
});
