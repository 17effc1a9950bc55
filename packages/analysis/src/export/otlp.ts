/**
 * Spans for OpenTelemetry's tools, as OTLP's JSON: https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 *
 *   CLIENT    a request, from its sending to the answer's arrival
 *   SERVER    its reception, to the end of its handler; child of the request
 *   PRODUCER  a message that asks for no answer; CONSUMER its reception
 *
 * A process is a resource, `service.name` its name. A send that was made while its process had exactly
 * one handler at work is a child of that reception, so that a client's call is one trace with all that
 * it led to; what a timer sent meanwhile looks the same, and of several handlers none is chosen.
 *
 * Times are true time, so that no tool has a skew to correct; what the node's own clock read is the
 * attribute `faultline.node_time`. Ids are made from the run's and the message's: the same run, the same
 * ids.
 */
import { block, deriveKey, type Key } from '@faultline/faults';
import { requestsOfAll } from '../calls.ts';
import { type Run, receiveStep, sendStep } from '../run.ts';
import { inChunks } from './chunks.ts';
import { type Selected, type Selection, select } from './select.ts';

const kinds = { server: 2, client: 3, producer: 4, consumer: 5 } as const;
const statusError = 2;
/** A limit, however often a message was duplicated. */
const fateEventsMax = 20;

export function* toOtlp(run: Run, selection?: Selection): Generator<string> {
  yield* inChunks(document(run, select(run, selection)));
}

function* document(run: Run, selected: Selected): Generator<string> {
  const spans = new Spans(run, selected);
  yield '{"resourceSpans":[';
  let before = '\n';
  for (const owner of run.processes) {
    const resource = {
      attributes: attributes({
        'service.name': owner.name,
        'service.namespace': run.info.name,
        'service.instance.id': `${owner.name}.${owner.incarnation}`,
        'faultline.run': run.info.run,
      }),
    };
    let beforeSpan = `${before}{"resource":${JSON.stringify(resource)},"scopeSpans":[{"scope":{"name":"faultline"},"spans":[\n`;
    for (const span of spans.of(owner.index)) {
      yield beforeSpan + JSON.stringify(span);
      beforeSpan = ',\n';
      before = ',\n';
    }
    // A process that took no part has no resource either.
    if (beforeSpan === ',\n') yield ']}]}';
  }
  yield ']}\n';
}

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly object[];
  readonly events?: readonly object[];
  readonly status?: object;
}

class Spans {
  readonly #run: Run;
  readonly #selected: Selected;
  /** By request: the reception of the answer that came first; 0 where none did, else the step plus 1. */
  readonly #answer: Int32Array;
  /** By message: the reception that it was sent from, plus 1; 0 for none. */
  readonly #parent: Int32Array;
  /** By message: the one that its trace begins with. */
  readonly #root: Int32Array;
  readonly #keys: readonly Key[];

  constructor(run: Run, selected: Selected) {
    this.#run = run;
    this.#selected = selected;
    this.#answer = answersOf(run);
    this.#parent = parentsOf(run, selected);
    this.#root = rootsOf(run, this.#parent);
    this.#keys = run.processes.map(({ name, incarnation }) =>
      deriveKey('span', run.info.run, run.info.startedAt, name, String(incarnation)),
    );
  }

  *of(index: number): Generator<Span> {
    const { steps } = this.#run;
    for (const step of this.#run.processes[index]!.steps) {
      const message = steps.message.rows[step]!;
      if (message < 0 || !this.#selected.message(message)) continue;
      // An answer is no span of its own: it ends the one of its request.
      if (this.#run.isReply(message)) continue;
      const kind = steps.kind.rows[step]!;
      if (kind === sendStep) yield this.#sent(step, message);
      else if (kind === receiveStep) yield this.#received(step, message);
    }
  }

  #sent(step: number, message: number): Span {
    const run = this.#run;
    const parent = this.#parent[message]! - 1;
    const isRequest = run.messages.msgId.rows[message]! >= 0;
    const answer = this.#answer[message]! - 1;
    const startMs = run.steps.atMs.rows[step]!;
    const lastMs = run.fates.atMs.rows[run.messages.lastFate.rows[message]!]!;
    const endMs =
      isRequest && answer >= 0 ? run.steps.atMs.rows[answer]! : Math.max(startMs, lastMs);
    const trouble = isRequest && answer >= 0 ? undefined : troubleOf(run, message, isRequest);
    return {
      traceId: this.#traceId(message),
      spanId: this.#hex(message, 0),
      ...(parent < 0 ? {} : { parentSpanId: this.#receptionId(parent) }),
      name: run.type(message),
      kind: isRequest ? kinds.client : kinds.producer,
      startTimeUnixNano: nanoseconds(run, startMs),
      endTimeUnixNano: nanoseconds(run, endMs),
      attributes: attributesOf(run, step, message),
      events: fateEvents(run, message),
      ...(trouble === undefined ? {} : { status: { code: statusError, message: trouble } }),
    };
  }

  #received(step: number, message: number): Span {
    const run = this.#run;
    const isRequest = run.messages.msgId.rows[message]! >= 0;
    const startMs = run.steps.atMs.rows[step]!;
    const endedMs = run.steps.endedMs.rows[step]!;
    const error = run.thrown.get(step);
    return {
      traceId: this.#traceId(message),
      spanId: this.#receptionId(step),
      parentSpanId: this.#hex(message, 0),
      name: run.type(message),
      kind: isRequest ? kinds.server : kinds.consumer,
      startTimeUnixNano: nanoseconds(run, startMs),
      endTimeUnixNano: nanoseconds(run, Number.isNaN(endedMs) ? startMs : endedMs),
      attributes: attributesOf(run, step, message),
      ...(error === undefined ? {} : { status: { code: statusError, message: error } }),
    };
  }

  #traceId(message: number): string {
    const root = this.#root[message]!;
    return this.#hex(root, 0xffff_fffe) + this.#hex(root, 0xffff_ffff);
  }

  /** A reception is distinguished from others of the same message by its position in its process. */
  #receptionId(step: number): string {
    const { message, place, owner } = this.#run.steps;
    return this.#hex(message.rows[step]!, 1 + owner.rows[step]! * 0x100_0003 + place.rows[step]!);
  }

  #hex(message: number, number: number): string {
    const { owner, seq } = this.#run.messages;
    const [a, b] = block(this.#keys[owner.rows[message]!]!, seq.rows[message]!, number);
    return hex(a) + hex(b);
  }
}

const hex = (word: number): string => word.toString(16).padStart(8, '0');

function answersOf(run: Run): Int32Array {
  const answer = new Int32Array(run.messageCount);
  const { fates, messages, steps } = run;
  for (const [reply, request] of requestsOfAll(run).entries()) {
    if (request < 0) continue;
    for (let record = messages.firstFate.rows[reply]!; record >= 0; ) {
      const step = fates.reception.rows[record]!;
      const earliest = answer[request]! - 1;
      const isFirst = earliest < 0 || steps.atMs.rows[step]! < steps.atMs.rows[earliest]!;
      if (step >= 0 && run.reception(step) !== 'late reply' && isFirst) answer[request] = step + 1;
      record = fates.next.rows[record]!;
    }
  }
  return answer;
}

function parentsOf(run: Run, selected: Selected): Int32Array {
  const parent = new Int32Array(run.messageCount);
  const { steps } = run;
  for (const owner of run.processes) {
    /** Receptions whose handlers are at work, the one that ends first at the end. */
    const open: number[] = [];
    const endOf = (step: number): number => {
      const endedMs = steps.endedMs.rows[step]!;
      return Number.isNaN(endedMs) ? Number.POSITIVE_INFINITY : endedMs;
    };
    for (const step of owner.steps) {
      const atMs = steps.atMs.rows[step]!;
      while (open.length > 0 && endOf(open.at(-1)!) < atMs) open.pop();
      const message = steps.message.rows[step]!;
      if (message < 0) continue;
      if (steps.kind.rows[step] === receiveStep) {
        if (run.reception(step) !== 'handled') continue;
        const at = open.findLastIndex((other) => endOf(other) >= endOf(step));
        open.splice(at + 1, 0, step);
      } else if (open.length === 1) {
        const [only] = open as [number];
        if (selected.message(steps.message.rows[only]!)) parent[message] = only + 1;
      }
    }
  }
  return parent;
}

/** What was received before something was sent reached the router before it, too. */
function rootsOf(run: Run, parent: Int32Array): Int32Array {
  const root = new Int32Array(run.messageCount);
  for (let message = 0; message < root.length; message++) {
    const from = parent[message]! - 1;
    const before = from < 0 ? message : run.steps.message.rows[from]!;
    root[message] = before < message ? root[before]! : message;
  }
  return root;
}

function troubleOf(run: Run, message: number, isRequest: boolean): string | undefined {
  const ends = new Map<number, string>();
  for (const record of run.fatesOf(message))
    ends.set(run.fates.copy.rows[record]!, run.fate(record));
  const isDelivered = [...ends.values()].includes('delivered');
  if (isDelivered) return isRequest ? 'no answer' : undefined;
  return [...new Set(ends.values())].join(', ');
}

function fateEvents(run: Run, message: number): object[] {
  return [...run.fatesOf(message)].slice(0, fateEventsMax).map((record) => ({
    timeUnixNano: nanoseconds(run, run.fates.atMs.rows[record]!),
    name: run.fate(record),
    attributes: attributes({
      'faultline.copy': run.fates.copy.rows[record]!,
      'faultline.rules': run.rulesOf(record).join(','),
    }),
  }));
}

function attributesOf(run: Run, step: number, message: number): object[] {
  const wallMs = run.steps.wallMs.rows[step]!;
  const isDate = Math.abs(wallMs) <= 8.64e15;
  return attributes({
    'faultline.message': run.id(message),
    'faultline.src': run.src(message),
    'faultline.dest': run.dest(message),
    'faultline.bytes': run.messages.bodyBytes.rows[message]!,
    ...(isDate ? { 'faultline.node_time': new Date(wallMs).toISOString() } : {}),
  });
}

function attributes(values: Readonly<Record<string, string | number>>): object[] {
  return Object.entries(values).map(([key, value]) => ({
    key,
    // 64-bit integers are texts in the JSON form of protobuf.
    value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
  }));
}

function nanoseconds(run: Run, trueMs: number): string {
  const wallMs = run.trueWall(trueMs);
  const whole = Math.floor(wallMs);
  return String(BigInt(whole) * 1_000_000n + BigInt(Math.round((wallMs - whole) * 1e6)));
}
