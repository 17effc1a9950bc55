/** Small histories of all sorts: mostly wrong ones, and ones that are right by construction. */
import { type Json, maelstromErrors } from '@faultline/protocol';
import fc from 'fast-check';
import {
  appendList,
  bank,
  counter,
  defineModel,
  keyValue,
  lease,
  lock,
  type Model,
  OneOf,
  type Operation,
  oneOf,
  queue,
  register,
  set,
} from '../../src/index.ts';

interface Question {
  readonly f: string;
  readonly input: Json;
}

export interface Subject {
  readonly model: Model;
  readonly questions: fc.Arbitrary<Question>;
  /** What could be answered, right and wrong. */
  readonly answers: (question: Question) => fc.Arbitrary<Json>;
  /** The right answer in a state. Undefined: it fails there. */
  readonly rightAnswer: (state: never, question: Question, process: string) => Json | undefined;
  /** The code of a failure that says something about the state. */
  readonly failsWith?: (question: Question) => number | undefined;
}

const ask = (f: string, inputs: fc.Arbitrary<Json> = fc.constant(null)): fc.Arbitrary<Question> =>
  inputs.map((input) => ({ f, input }));
const small = fc.constantFrom<Json>(1, 2, 3);
const maybe = fc.constantFrom<Json>(null, 1, 2, 3);
const pairs = fc.tuple(maybe, small);
const lists = fc.array(small, { maxLength: 3 });
const nothing = fc.constant<Json>(null);
const precondition = (f: string) => (question: Question) =>
  question.f === f ? maelstromErrors.preconditionFailed : undefined;

/** A die is not deterministic: a roll leaves any number, and a read shows which. */
const die = defineModel<number>({
  name: 'die',
  init: 1,
  step(state, { f, input, output }) {
    if (f === 'roll') return oneOf(...(input as number[]));
    return output === state ? state : undefined;
  },
  isRead: ({ f }) => f === 'look',
});

const stackLike = (text: string) => (asked: Question) => (asked.f === text ? maybe : nothing);
type Lock = { holder: string | null; token: number; used: number };
const lockSubject = (model: Model): Subject => ({
  model,
  questions: fc.oneof(ask('acquire'), ask('release'), ask('use', small)),
  answers: ({ f }) => (f === 'acquire' ? maybe : nothing),
  rightAnswer(state: Lock, { f }) {
    if (f === 'acquire') return Math.max(0, state.token) + 1;
    return null;
  },
});

export const subjects: Readonly<Record<string, Subject>> = {
  register: {
    model: register,
    questions: fc.oneof(ask('read'), ask('write', maybe), ask('cas', pairs)),
    answers: stackLike('read'),
    rightAnswer: (state: Json, { f }) => (f === 'read' ? state : null),
    failsWith: precondition('cas'),
  },
  'register of unique values': {
    model: register,
    questions: fc.oneof(ask('read'), ask('write', fc.integer({ min: 1, max: 9 }))),
    answers: ({ f }) =>
      f === 'read' ? fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }) : nothing,
    rightAnswer: (state: Json, { f }) => (f === 'read' ? state : null),
  },
  'key-value': {
    model: keyValue,
    questions: fc.oneof(
      ask('get'),
      ask('put', small),
      ask('append', fc.constantFrom('a', 'b')),
      ask('delete'),
      ask('cas', pairs),
    ),
    answers: ({ f }) => (f === 'get' ? fc.constantFrom<Json>(null, 1, 2, 'a', 'ab', 'b') : nothing),
    rightAnswer: (state: Json, { f }) => (f === 'get' ? state : null),
    failsWith: ({ f }) =>
      ({ cas: maelstromErrors.preconditionFailed, get: maelstromErrors.keyDoesNotExist })[f],
  },
  counter: {
    model: counter,
    questions: fc.oneof(ask('read'), ask('add', small), ask('decrement')),
    answers: ({ f }) => (f === 'read' ? fc.integer({ min: -2, max: 5 }) : nothing),
    rightAnswer: (state: number, { f }) => (f === 'read' ? state : null),
  },
  set: {
    model: set,
    questions: fc.oneof(
      ask('read'),
      ask('add', small),
      ask('remove', small),
      ask('contains', small),
    ),
    answers: ({ f }) => {
      if (f === 'contains') return fc.boolean();
      return f === 'read' ? lists : nothing;
    },
    rightAnswer({ elements }: { elements: ReadonlySet<string> }, { f, input }) {
      if (f === 'contains') return elements.has(String(input));
      return f === 'read' ? [...elements].map(Number) : null;
    },
  },
  queue: {
    model: queue,
    questions: fc.oneof(ask('enqueue', small), ask('dequeue')),
    answers: stackLike('dequeue'),
    rightAnswer: (state: readonly Json[], { f }) => (f === 'dequeue' ? (state[0] ?? null) : null),
    failsWith: ({ f }) => (f === 'dequeue' ? maelstromErrors.keyDoesNotExist : undefined),
  },
  'queue of unique elements': {
    model: queue,
    questions: fc.oneof(ask('enqueue', fc.integer({ min: 1, max: 9 })), ask('dequeue')),
    answers: ({ f }) =>
      f === 'dequeue' ? fc.option(fc.integer({ min: 1, max: 9 }), { nil: null }) : nothing,
    rightAnswer: (state: readonly Json[], { f }) => (f === 'dequeue' ? (state[0] ?? null) : null),
    failsWith: ({ f }) => (f === 'dequeue' ? maelstromErrors.keyDoesNotExist : undefined),
  },
  lock: lockSubject(lock),
  lease: lockSubject(lease),
  'append list': {
    model: appendList,
    questions: fc.oneof(ask('read'), ask('append', small)),
    answers: ({ f }) => (f === 'read' ? lists : fc.constantFrom<Json>(null, 0, 1)),
    rightAnswer(state: Parameters<typeof appendList.words>[0], { f }) {
      return f === 'read' ? (JSON.parse(appendList.words(state)) as Json) : null;
    },
  },
  bank: {
    model: bank({ accounts: { a: 2, b: 1 } }),
    questions: fc.oneof(
      ask('read'),
      ask(
        'transfer',
        fc
          .tuple(fc.constantFrom('a', 'b'), fc.constantFrom('a', 'b'), fc.constantFrom(1, 2))
          .map(([from, to, amount]) => ({ from, to, amount })),
      ),
    ),
    answers: ({ f }) =>
      f === 'read'
        ? fc.constantFrom<Json>({ a: 2, b: 1 }, { b: 2, a: 1 }, { a: 0, b: 3 }, { a: 3, b: 0 })
        : nothing,
    rightAnswer: (state: Json, { f }) => (f === 'read' ? state : null),
    failsWith: precondition('transfer'),
  },
  die: {
    model: die,
    questions: fc.oneof(ask('look'), ask('roll', fc.constantFrom<Json>([1, 2], [2, 3], [3]))),
    answers: ({ f }) => (f === 'look' ? small : nothing),
    rightAnswer: (state: number, { f }) => (f === 'look' ? state : null),
  },
};

/** Any history of up to `max` operations: times, answers and outcomes by chance. */
export function anyHistory(subject: Subject, max = 6): fc.Arbitrary<Operation[]> {
  const operation = subject.questions.chain((question) =>
    fc.record({
      question: fc.constant(question),
      answer: subject.answers(question),
      fromMs: fc.nat(12),
      tookMs: fc.nat(6),
      outcome: fc.constantFrom('ok', 'ok', 'ok', 'info', 'fail'),
      process: fc.constantFrom('c1', 'c2'),
    }),
  );
  return fc.array(operation, { minLength: 1, maxLength: max }).map((drawn) =>
    drawn
      .sort((a, b) => a.fromMs - b.fromMs)
      .map(({ question, answer, fromMs, tookMs, outcome, process }, index): Operation => {
        const asked = { index, process, ...question, invokedMs: fromMs, endedMs: fromMs + tookMs };
        if (outcome === 'ok') return { ...asked, type: 'ok', output: answer };
        if (outcome === 'info') return { ...asked, type: 'info', endedMs: null };
        const code = subject.failsWith?.(question);
        const error = code === undefined ? {} : { error: { code, text: 'no' } };
        return { ...asked, type: 'fail', ...error };
      }),
  );
}

/** A history of `clients` that an object that follows the model has given. */
export function rightHistory(
  subject: Subject,
  { clients = 4, max = 30 } = {},
): fc.Arbitrary<Operation[]> {
  const planned = fc.record({
    question: subject.questions,
    process: fc.nat(clients - 1),
    waitMs: fc.nat(3),
    beforeMs: fc.nat(5),
    afterMs: fc.nat(5),
    luck: fc.nat(9),
    choice: fc.nat(9),
  });
  return fc.array(planned, { minLength: 1, maxLength: max }).map((plans) => {
    const freeMs = new Array<number>(clients).fill(0);
    const timed = plans.map((plan) => {
      const invokedMs = freeMs[plan.process]! + plan.waitMs;
      const effectMs = invokedMs + plan.beforeMs;
      const endedMs = effectMs + plan.afterMs;
      freeMs[plan.process] = endedMs + 1;
      return { ...plan, invokedMs, effectMs, endedMs };
    });
    let state = subject.model.init;
    const made: Omit<Operation, 'index'>[] = [];
    for (const { question, invokedMs, endedMs, luck, choice, ...plan } of timed.sort(
      (a, b) => a.effectMs - b.effectMs,
    )) {
      const process = `c${plan.process + 1}`;
      const asked = { process, ...question, invokedMs, endedMs };
      // Of ten, one is lost before it takes effect and one after.
      if (luck === 0) {
        made.push({ ...asked, type: 'info', endedMs: null });
        continue;
      }
      const output = subject.rightAnswer(state as never, question, process) ?? null;
      const ok = { index: 0, ...asked, type: 'ok', output } as const;
      const next = subject.model.step(state, ok);
      const after = next instanceof OneOf ? next.states[choice % next.states.length] : next;
      if (after === undefined) {
        const code = subject.failsWith?.(question);
        const error = code === undefined ? {} : { error: { code, text: 'no' } };
        made.push({ ...asked, type: 'fail', ...error });
        continue;
      }
      state = after;
      made.push(luck === 1 ? { ...asked, type: 'info', endedMs: null } : ok);
    }
    return made
      .sort((a, b) => a.invokedMs - b.invokedMs)
      .map((operation, index) => ({ ...operation, index }));
  });
}
