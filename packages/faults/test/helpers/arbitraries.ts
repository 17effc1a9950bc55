/** Rules and messages of every sort, for properties that hold for all of them. */
import fc from 'fast-check';

const probability = fc.constantFrom(0, 0.1, 0.5, 0.9, 1);

/** Settings of each kind; a kind that is not here has none that matter. */
const settings: Readonly<Record<string, fc.Arbitrary<object>>> = {
  cut: fc.constant({}),
  loss: fc.record({ probability }),
  duplicate: fc.record({ probability, copies: fc.constantFrom(1, 2) }),
  delay: fc.record({
    delay: fc.constantFrom('5ms', '1ms..9ms', 'exp 5ms'),
    keepOrder: fc.boolean(),
  }),
  reorder: fc.record({ probability, gap: fc.constantFrom(1, 3) }),
  hold: fc.constant({}),
};

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

const anySpec = fc
  .oneof(
    ...Object.entries(settings).map(([kind, given]) =>
      given.map((chosen) => ({ kind, links: 'n1>n2', settings: chosen })),
    ),
  )
  .chain((spec) => about.map((match) => ({ ...spec, ...match })));

export const anySpecs = fc.array(anySpec, { maxLength: 6 });

const fields = fc.record({ key: fc.constantFrom('x', 'y'), term: fc.constantFrom(3, 4) });

/** Messages of one edge, in the order in which they come. */
export const anyMessages = fc
  .array(
    fc.record({
      type: fc.constantFrom('append', 'vote'),
      isReply: fc.boolean(),
      bodyBytes: fc.constantFrom(50, 100, 5000),
      body: fields,
      afterMs: fc.constantFrom(0, 0.1, 3, 1000),
    }),
    { maxLength: 30 },
  )
  .map((messages) => {
    let atMs = 0;
    return messages.map(({ afterMs, body, ...message }) => {
      atMs += afterMs;
      const field = (path: string) => (body as Record<string, string | number>)[path];
      return { ...message, field, atMs };
    });
  });
