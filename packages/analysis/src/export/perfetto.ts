/**
 * A trace for Perfetto (https://ui.perfetto.dev) and the older chrome://tracing, in Chrome's JSON:
 * https://perfetto.dev/docs/getting-started/other-formats
 *
 *   a process   an incarnation of a node, or a client; and one for the faults
 *   a slice     a send or a reception, on the track of its process. Flows, the arrows, join slices:
 *               each copy that was received has one of its own
 *   async       a handler at work, a client's call, a rule in force: they overlap
 *   a slice     that a node was paused or down, on a track of its own
 *   an instant  a copy that was not delivered, at its sender
 *   a counter   how far a node's wall clock is from true time
 *
 * `ts` is true time in microseconds since the run began, for all of them: what a node's own clock read
 * is an argument of its slices.
 */
import { clientNumberMax } from '@faultline/protocol';
import { type Run, receiveStep, sendStep } from '../run.ts';
import { inChunks, joined } from './chunks.ts';
import { type Selected, type Selection, select } from './select.ts';

const faultsPid = 1;
const stepsTid = 1;
const stateTid = 2;
/** Drawn duration of a send or a reception: the actual duration is unknown. */
const stepUs = 20;
/** Changes of a clock's error that are smaller are not drawn. */
const offsetStepMs = 0.01;

type Event = Readonly<Record<string, unknown>>;

export function* toPerfetto(run: Run, selection?: Selection): Generator<string> {
  yield* inChunks(
    joined('{"displayTimeUnit":"ms","traceEvents":[\n', texts(run, selection), ',\n', '\n]}\n'),
  );
}

function* texts(run: Run, selection: Selection | undefined): Generator<string> {
  const selected = select(run, selection);
  for (const event of events(run, selected)) yield JSON.stringify(event);
}

const pidOf = (index: number): number => index + 2;

function* events(run: Run, selected: Selected): Generator<Event> {
  yield* names(run);
  for (const owner of run.processes) yield* stepsOf(run, owner.index, selected);
  yield* lost(run, selected);
  yield* rules(run, selected);
  yield* states(run, selected);
  yield* calls(run, selected);
}

function* names(run: Run): Generator<Event> {
  const meta = (name: string, pid: number, tid: number, args: object): Event => ({
    ...{ ph: 'M', name, pid, tid, ts: 0, args },
  });
  yield meta('process_name', faultsPid, 0, { name: 'faults' });
  yield meta('process_sort_index', faultsPid, 0, { sort_index: 0 });
  for (const owner of run.processes) {
    const pid = pidOf(owner.index);
    yield meta('process_name', pid, 0, { name: run.label(owner) });
    yield meta('process_sort_index', pid, 0, { sort_index: sortIndex(owner) });
    yield meta('thread_name', pid, stepsTid, { name: 'messages' });
    if (!owner.isClient) yield meta('thread_name', pid, stateTid, { name: 'state' });
  }
}

/** Clients above nodes, and nodes by number, not by arrival. */
function sortIndex({ name, incarnation, isClient }: Run['processes'][number]): number {
  const number = Number(/\d+$/.exec(name)?.[0] ?? 0);
  return (
    (isClient ? 1 : 100 * (clientNumberMax + 1)) +
    Math.min(number, clientNumberMax) * 100 +
    Math.min(incarnation, 99)
  );
}

/** Slices of one track must not overlap: each ends before the next begins. */
function* stepsOf(run: Run, index: number, selected: Selected): Generator<Event> {
  const { steps, fates, messages } = run;
  const own = run.processes[index]!.steps;
  const pid = pidOf(index);
  let lastOffsetMs = Number.NaN;
  for (let place = 0; place < own.length; place++) {
    const step = own[place]!;
    if (!selected.step(step)) continue;
    const ts = microseconds(run, steps.atMs.rows[step]!);
    const next =
      place + 1 < own.length ? microseconds(run, steps.atMs.rows[own[place + 1]!]!) : ts + stepUs;
    const dur = round(Math.max(0, Math.min(stepUs, next - ts)));
    const kind = steps.kind.rows[step]!;
    const message = steps.message.rows[step]!;
    const at = { pid, tid: stepsTid, ts };
    const args = argsOf(run, step);
    if (kind === sendStep) {
      yield { ph: 'X', name: `send ${run.type(message)}`, cat: 'send', ...at, dur, args };
      for (let record = messages.firstFate.rows[message]!; record >= 0; ) {
        if (fates.reception.rows[record]! >= 0) {
          yield { ph: 's', name: run.type(message), cat: 'message', id: record + 1, ...at };
        }
        record = fates.next.rows[record]!;
      }
    } else if (kind === receiveStep) {
      const type = message < 0 ? '?' : run.type(message);
      yield { ph: 'X', name: `receive ${type}`, cat: 'receive', ...at, dur, args };
      const record = steps.fate.rows[step]!;
      if (record >= 0) {
        yield { ph: 'f', bp: 'e', name: type, cat: 'message', id: record + 1, ...at };
      }
      const endedMs = steps.endedMs.rows[step]!;
      if (!Number.isNaN(endedMs))
        yield* asyncSlice(`handle ${type}`, 'handler', step, at, microseconds(run, endedMs), args);
    } else {
      const { name, data } = run.locals.get(step)!;
      yield { ph: 'X', name, cat: 'local', ...at, dur, args: { ...args, data } };
    }
    const offsetMs = steps.wallMs.rows[step]! - run.trueWall(steps.atMs.rows[step]!);
    if (Number.isNaN(offsetMs) || Math.abs(offsetMs - lastOffsetMs) < offsetStepMs) continue;
    lastOffsetMs = offsetMs;
    yield { ph: 'C', name: 'clock ahead', pid, ts, args: { ms: Number(offsetMs.toFixed(3)) } };
  }
}

function argsOf(run: Run, step: number): Record<string, unknown> {
  const { wallMs, lamport, message } = run.steps;
  const about = message.rows[step]!;
  const isDate = Math.abs(wallMs.rows[step]!) <= 8.64e15;
  return {
    ...(about < 0 ? {} : { message: run.id(about), src: run.src(about), dest: run.dest(about) }),
    ...(isDate ? { nodeTime: new Date(wallMs.rows[step]!).toISOString() } : {}),
    ...(lamport.rows[step]! < 0 ? {} : { lamport: lamport.rows[step] }),
  };
}

function* asyncSlice(
  name: string,
  cat: string,
  id: number | string,
  { pid, tid, ts }: { pid: number; tid: number; ts: number },
  endUs: number,
  args: object = {},
): Generator<Event> {
  const base = { name, cat, id: `${cat} ${id}`, pid, tid };
  yield { ph: 'b', ...base, ts, args };
  yield { ph: 'e', ...base, ts: Math.max(ts, endUs) };
}

/** Copies whose last fate is not that they were delivered. */
function* lost(run: Run, selected: Selected): Generator<Event> {
  const { fates, messages, steps } = run;
  for (let message = 0; message < run.messageCount; message++) {
    const first = messages.firstFate.rows[message]!;
    const last = messages.lastFate.rows[message]!;
    if (first === last && run.fate(first) === 'delivered') continue;
    if (!selected.message(message)) continue;
    const ends = new Map<number, number>();
    for (const record of run.fatesOf(message)) ends.set(fates.copy.rows[record]!, record);
    for (const [copy, record] of ends) {
      const fate = run.fate(record);
      if (fate === 'delivered') continue;
      const pid = pidOf(steps.owner.rows[messages.send.rows[message]!]!);
      const rulesOf = run.rulesOf(record);
      yield {
        ph: 'i',
        s: 't',
        name: `${fate}: ${run.type(message)} to ${run.dest(message)}`,
        cat: 'fate',
        ...{ pid, tid: stepsTid, ts: microseconds(run, fates.atMs.rows[record]!) },
        args: { message: run.id(message), copy, rules: rulesOf.join(', ') },
      };
    }
  }
}

/** A rule's time in force. It continues if a new router receives the rule again. */
function* rules(run: Run, selected: Selected): Generator<Event> {
  const since = new Map<string, { readonly atMs: number; readonly spec: object }>();
  let number = 0;
  const slice = (id: string, untilMs: number): Event[] => {
    const begun = since.get(id);
    since.delete(id);
    if (begun === undefined || !(selected.moment(begun.atMs) || selected.moment(untilMs)))
      return [];
    const at = { pid: faultsPid, tid: stepsTid, ts: microseconds(run, begun.atMs) };
    const { kind, links } = begun.spec as { kind?: string; links?: string };
    const name = `${id} ${kind ?? ''} ${links ?? ''}`.trim();
    return [...asyncSlice(name, 'rule', number++, at, microseconds(run, untilMs), begun.spec)];
  };
  for (const { event } of run.rules) {
    if (event.change === 'added') {
      if (!since.has(event.id)) since.set(event.id, { atMs: event.atMs, spec: event.spec ?? {} });
    } else yield* slice(event.id, event.atMs);
  }
  const endMs = run.lastMs;
  for (const id of [...since.keys()]) yield* slice(id, endMs);
}

const endings: Readonly<Record<string, string>> = {
  'node.paused': 'paused',
  'node.killed': 'down',
  'node.crashed': 'down',
  'node.stopped': 'down',
  'node.slow': 'slow',
};
const beginnings = new Set(['node.resumed', 'node.ready', 'node.recovered', 'node.starting']);

function* states(run: Run, selected: Selected): Generator<Event> {
  const open = new Map<
    string,
    { readonly name: string; readonly atMs: number; readonly pid: number }
  >();
  const slice = (node: string, untilMs: number): Event[] => {
    const state = open.get(node);
    open.delete(node);
    if (state === undefined || !(selected.moment(state.atMs) || selected.moment(untilMs)))
      return [];
    const ts = microseconds(run, state.atMs);
    const dur = round(Math.max(0, microseconds(run, untilMs) - ts));
    return [{ ph: 'X', name: state.name, cat: 'state', pid: state.pid, tid: stateTid, ts, dur }];
  };
  for (const { kind, node, atMs: sinceMs, facts } of run.events) {
    const atMs = run.info.epoch.trueMs + sinceMs;
    if (node === null) continue;
    const pid = pidAt(run, node, atMs);
    if (pid === undefined) continue;
    const name = endings[kind];
    if (name !== undefined || beginnings.has(kind)) yield* slice(node, atMs);
    if (name !== undefined) open.set(node, { name, atMs, pid });
    if (kind === 'clock.changed' && selected.moment(atMs)) {
      const name = `clock: ${facts.describes ?? 'changed'}`;
      const at = { pid, tid: stateTid, ts: microseconds(run, atMs) };
      yield { ph: 'i', s: 't', name, cat: 'clock', ...at, args: facts };
    }
  }
  const endMs = run.lastMs;
  for (const node of [...open.keys()]) yield* slice(node, endMs);
}

/** The incarnation of a node that was running at a moment, or the last one before it. */
function pidAt(run: Run, node: string, atMs: number): number | undefined {
  const joins = run.joined.get(node) ?? [];
  const join = joins.findLast((each) => each.atMs <= atMs) ?? joins[0];
  const index = join?.owner ?? run.processes.find(({ name }) => name === node)?.index;
  return index === undefined ? undefined : pidOf(index);
}

function* calls(run: Run, selected: Selected): Generator<Event> {
  const open = new Map<string, Run['history'][number]>();
  for (const entry of run.history) {
    if (entry.message === null) continue;
    const message = run.findMessage(entry.message);
    if (message < 0 || !selected.message(message)) continue;
    if (entry.type === 'invoke') {
      open.set(entry.message, entry);
      continue;
    }
    const begun = open.get(entry.message);
    open.delete(entry.message);
    if (begun === undefined) continue;
    const pid = pidOf(run.messages.owner.rows[message]!);
    const at = { pid, tid: stepsTid, ts: round(begun.atMs * 1000) };
    const name = `${entry.f} ${entry.node}: ${entry.type}`;
    const args = { message: entry.message, asked: begun.value, answer: entry.value };
    yield* asyncSlice(name, 'call', entry.message, at, round(entry.atMs * 1000), args);
  }
}

const microseconds = (run: Run, trueMs: number): number => round(run.sinceStart(trueMs) * 1000);
const round = (us: number): number => Math.round(us * 1000) / 1000;
