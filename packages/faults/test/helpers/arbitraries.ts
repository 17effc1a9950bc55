/** Rules and messages of all kinds, for properties that hold for all of them. */
import fc from 'fast-check';

const probability = fc.constantFrom(0, 0.1, 0.5, 0.9, 1);

/** Settings of each kind. */
const settings: Readonly<Record<string, fc.Arbitrary<object>>> = {
  cost: fc.constant({ perMessage: 1 }),
  cut: fc.record({ refuse: fc.boolean(), established: fc.boolean() }),
  reset: fc.constant({}),
  size: fc.record({ max: fc.constantFrom('60B', '1kB'), refuse: fc.boolean() }),
  rate: fc.record({
    rate: fc.constantFrom('1kB/s', '10kB/s'),
    limit: fc.constantFrom('200B', '1MB'),
    per: fc.constantFrom('edge', 'rule'),
  }),
  loss: fc.record({ probability, correlation: fc.constantFrom(0, 0.5) }),
  'loss-gemodel': fc.record({ p: fc.constantFrom(0.1, 0.5), '1-k': probability }),
  'loss-state': fc.record({ p13: fc.constantFrom(0.1, 0.5), p32: fc.constantFrom(0, 0.1) }),
  duplicate: fc.record({ probability, copies: fc.constantFrom(1, 2) }),
  impersonate: fc.record({ as: fc.constantFrom('n1', 'n3') }),
  tamper: fc.record({ field: fc.constantFrom('key', 'nothing'), value: fc.constantFrom(7, 'z') }),
  corrupt: fc.oneof(
    fc.record({ probability, bits: fc.constantFrom(1, 3) }),
    fc.record({ probability, as: fc.constant('field') }),
  ),
  delay: fc.record({
    delay: fc.constantFrom('5ms', '1ms..9ms', 'exp 5ms', 'quantiles 0:1ms 100:9ms'),
    keepOrder: fc.boolean(),
    correlation: fc.constantFrom(0, 0.5),
  }),
  reorder: fc.record({ probability, gap: fc.constantFrom(1, 3) }),
  hold: fc.constant({}),
};

export const kindsCovered = Object.keys(settings);

const about = fc.record(
  {
    type: fc.constantFrom('append', 'a*', 'vote'),
    replies: fc.boolean(),
    size: fc.constantFrom('>100', '..1kB'),
    field: fc.constantFrom('key=x', 'term=3'),
    probability,
    after: fc.nat(5),
    every: fc.integer({ min: 1, max: 3 }),
    first: fc.integer({ min: 1, max: 10 }),
  },
  { requiredKeys: [] },
);

/** Rules that match everything act on the same messages, which is where they could interfere. */
const mostlyAll = fc.oneof(
  { weight: 2, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.record({ every: fc.constantFrom(2, 3) }) },
  { weight: 1, arbitrary: about },
);

export const anySpec = fc
  .oneof(
    ...Object.entries(settings).map(([kind, given]) =>
      given.map((chosen) => ({ kind, links: 'n1>n2', settings: chosen })),
    ),
  )
  .chain((spec) => mostlyAll.map((match) => ({ ...spec, ...match })));

export const anySpecs = fc.array(anySpec, { maxLength: 6, size: 'max' });

const fields = fc.record({ key: fc.constantFrom('x', 'y'), term: fc.constantFrom(3, 4) });

/** Messages of one edge, in order. */
export const anyMessages = fc
  .array(
    fc.record({
      type: fc.constantFrom('append', 'vote'),
      isReply: fc.boolean(),
      bodyBytes: fc.constantFrom(50, 100, 5000),
      body: fields,
      afterMs: fc.constantFrom(0, 0.1, 3, 1000),
    }),
    // Long enough for a rule that remembers to have something to forget.
    { minLength: 20, maxLength: 40 },
  )
  .map((messages) => {
    let atMs = 0;
    return messages.map(({ afterMs, body, ...message }) => {
      atMs += afterMs;
      const field = (path: string) => (body as Record<string, string | number>)[path];
      return { ...message, field, atMs };
    });
  });
