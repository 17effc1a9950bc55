/** The sentences of `why`, one per line. The explanation holds the same as data. */
import type { DrawSeen, Effect } from '@faultline/faults';
import { ordinal, plural, printable } from '@faultline/protocol';
import type { ReplayedRule } from './replay.ts';
import type { Run } from './run.ts';
import type {
  CopyLife,
  Explanation,
  LinkedMessage,
  ReceiverEnd,
  ReceptionLife,
  Waited,
} from './why.ts';
import { duration, moment, ownClock } from './words.ts';

/** At most this many copies of a message are described one by one. */
const copiesMax = 6;

export function explanationInWords(run: Run, explanation: Explanation): string[] {
  return [
    ...sent(run, explanation),
    ...ruled(explanation),
    ...fates(run, explanation),
    ...answered(explanation),
  ].map(printable);
}

function sent(run: Run, explanation: Explanation): string[] {
  const { id, src, dest, type, bodyBytes, kind, router, sent: send, during } = explanation;
  const clock = ownClock(run, send.step);
  const at = `at ${moment(run, run.steps.atMs.get(send.step))}`;
  const whose = clock === '' ? '' : `; it was ${clock}`;
  if (router === null) {
    return [
      `${id}: ${src} sent it right after its previous message, and it never reached a router. Its type and its receiver are unknown.`,
    ];
  }
  const what = { request: `the request ${type}`, reply: `the reply ${type}`, message: type }[kind];
  const busy = during === null ? '' : `, while it was handling ${during}`;
  const lines = [`${id}: ${src} sent ${what} to ${dest} ${at}${busy}, ${bodyBytes} bytes${whose}.`];
  if (explanation.body !== null) {
    const which = explanation.isBodyAltered ? 'Its body, as it was delivered,' : 'Its body';
    lines.push(
      explanation.isBodyCut
        ? `${which} began ${explanation.body} … (only that much was recorded; --trace-body sets how much)`
        : `${which} was ${explanation.body}`,
    );
  }
  if (explanation.request !== null) {
    const { request } = explanation;
    const forged = request.src === dest ? '' : `; a rule had forged its source as ${dest}`;
    lines.push(`It answers ${oneOf(request)}${forged}.`);
  } else if (kind === 'reply') {
    lines.push('The recording does not contain the request that it answers.');
  }
  const way = router.arrivedMs - send.atMs;
  const number = router.ordinal > 0 ? ` as message ${router.ordinal} on ${router.edge}` : '';
  lines.push(
    clock === '' && way === 0
      ? `The router had it at that moment${number}; programs without the SDK do not record when they send.`
      : `The router had it ${duration(way)} later${number}.`,
  );
  return lines;
}

function ruled({ rules, router, seed }: Explanation): string[] {
  if (router === null || rules === null) return [];
  const { explanations, agrees, doubts } = rules;
  const lines =
    explanations.length === 0
      ? ['No rule was on that link.']
      : [
          `${plural(explanations.length, 'rule was', 'rules were')} on that link. Draws follow from the seed ${seed}, the rule, ${router.edge} and ${router.ordinal}:`,
          ...explanations.map((explanation) => `  ${ruleInWords(explanation)}`),
        ];
  if (!agrees) {
    lines.push(
      'These reasons were replayed from the recording and contradict what the router recorded: trust the fate below, not these reasons.',
    );
  }
  lines.push(...doubts.map((doubt) => `In doubt: ${doubt}.`));
  return lines;
}

function ruleInWords(explanation: ReplayedRule): string {
  const { rule, explains, miss, nth, draws, effects, isUnknown } = explanation;
  const name = `${rule} (${explains})`;
  if (isUnknown)
    return `${name} requires ${miss!.wanted}: it is unknown whether this message had that`;
  if (miss !== null && miss.by !== 'probability') {
    const wanted = miss.by === 'count' ? `acts ${miss.wanted}` : `requires ${miss.wanted}`;
    return `${name} did not match: it ${wanted}, and this was ${miss.got}`;
  }
  const drew = draws.map(drawInWords).join('; ');
  const did = miss !== null || effects.length === 0 ? 'left it alone' : effectsInWords(effects);
  const number = nth > 1 ? ` (its ${ordinal(nth)} match)` : '';
  return drew === '' ? `${name}${number} ${did}` : `${name}${number} ${drew}: ${did}`;
}

function drawInWords({ copy, value, compared, below }: DrawSeen): string {
  const whose = copy === null || copy === 0 ? '' : ` for copy ${copy}`;
  const made = compared === undefined ? '' : `, which makes ${number(compared)}`;
  if (below === undefined) return `drew ${number(value)}${whose}${made}`;
  const isBelow = (compared ?? value) < below;
  return `drew ${number(value)}${whose}${made}, ${isBelow ? 'below' : 'not below'} ${number(below)}`;
}

function effectsInWords(effects: readonly Effect[]): string {
  const texts = effects.map(({ copy, did, ms, copies, alteration }) => {
    const whose = copy === 0 ? '' : `copy ${copy} `;
    switch (did) {
      case 'delayed':
      case 'queued':
        return `${whose}${did} by ${duration(ms ?? 0)}`;
      case 'altered':
        return `${whose}${alterationInWords(alteration)}`;
      case 'duplicated':
        return `${whose}${did}, ${plural(copies ?? 1, 'more copy', 'more copies')}${ms ? ` ${duration(ms)} apart` : ''}`;
      default:
        return `${whose}${did}`;
    }
  });
  const shown = texts.slice(0, copiesMax);
  return `${shown.join(', ')}${texts.length > shown.length ? ', …' : ''}`;
}

function alterationInWords(alteration: Effect['alteration']): string {
  switch (alteration?.how) {
    case 'bits':
      return `flipped ${plural(alteration.bits.length, 'bit', 'bits')}`;
    case 'field':
      return 'changed one value';
    case 'set':
      return `wrote ${JSON.stringify(alteration.value)} into ${alteration.path}`;
    case 'source':
      return `forged its source as ${alteration.src}`;
    case undefined:
      return 'altered';
  }
}

function fates(run: Run, explanation: Explanation): string[] {
  const { copies, dest, receiver, remarks } = explanation;
  if (explanation.router === null) return [];
  const isSingle = copies.length === 1;
  const lines = copies
    .slice(0, copiesMax)
    .flatMap((copy) => copyInWords(run, explanation, copy, isSingle));
  if (copies.length > copiesMax) {
    const rest = copies.slice(copiesMax);
    const counts = new Map<string, number>();
    for (const { fate } of rest) counts.set(fate, (counts.get(fate) ?? 0) + 1);
    const reported = [...counts].map(([fate, count]) => `${count} ${fate}`).join(', ');
    lines.push(`And ${plural(rest.length, 'more copy', 'more copies')}: ${reported}.`);
  }
  lines.push(...remarks.map((remark) => `The router refused it because ${remark}.`));
  if (receiver !== null) {
    const at = moment(run, run.info.epoch.trueMs + receiver.atMs);
    const why = 'reason' in receiver.facts ? ` (${receiver.facts.reason})` : '';
    lines.push(
      `The last event of ${dest} before that: ${receiver.kind.replace('node.', '')} at ${at}${why}.`,
    );
  }
  return lines;
}

function copyInWords(
  run: Run,
  explanation: Explanation,
  copy: CopyLife,
  isSingle: boolean,
): string[] {
  const { dest, kind, src } = explanation;
  const name = isSingle ? 'It' : copy.copy === 0 ? 'The original' : `Copy ${copy.copy}`;
  const waited = copy.waited.map((each) => `${waitInWords(each)}`);
  const before = waited.length === 0 ? '' : ` ${waited.join(', ')}, and`;
  const by = copy.rules.at(-1);
  const after = copy.afterMs > 0 ? ` ${duration(copy.afterMs)} after the router had it` : '';
  const altered = copy.isAltered
    ? ' A rule had altered it, so the delivered message differs from the sent one.'
    : '';
  const line = (text: string): string => `${name}${before} ${text}.${altered}`;
  switch (copy.fate) {
    case 'delivered':
      return [line(`was delivered${after}`), received(run, explanation, copy.reception, copy.end)];
    case 'lost':
      return [line(`was lost${after}${by === undefined ? '' : `, by ${by}`}`)];
    case 'cut':
      return [line(`was cut off${after}${by === undefined ? '' : `, by ${by}`}`)];
    case 'held':
      return [
        `${name}${before} is held${by === undefined ? '' : ` by ${by}`}: \`pnpm cluster release\` releases it.`,
      ];
    case 'waiting':
      return [`${name}${before} is still waiting in the router at the end of the recording.`];
    case 'overflow':
      return [
        by === undefined
          ? line(`was dropped${after}: the queue of messages waiting for ${dest} was full`)
          : line(`was dropped${after}: the queue of ${by} was full`),
      ];
    case 'refused': {
      const reported =
        by !== undefined && kind === 'request' ? `; the router reported that to ${src}` : '';
      return [line(`was refused${after}${by === undefined ? '' : `, by ${by}`}${reported}`)];
    }
    case 'node down':
      return [line(`could not be delivered${after}: ${dest} was not connected`)];
    case 'dropped':
      return [line(`was dropped${after} when the network was healed`)];
    case 'router down':
      return [`${name}${before} was lost with the router${after}.`];
  }
}

function waitInWords({ why, ms }: Waited): string {
  const how = {
    delay: 'waited out its delay for',
    receiver: 'waited for its receiver to read for',
    rule: 'was held for',
  }[why];
  return `${how} ${duration(ms)}`;
}

function received(
  run: Run,
  { dest, request }: Explanation,
  reception: ReceptionLife | null,
  end: ReceiverEnd | null,
): string {
  if (reception === null) {
    if (end !== null) return endInWords(dest, end).trim();
    return `No reception at ${dest} is recorded: it was dead, stopped or busy then, or that part of its recording is gone.`;
  }
  const { by, did, handler, step, settledBy } = reception;
  const isUnasked = request !== null && request.src !== dest;
  const clock = ownClock(run, step);
  const at = moment(run, run.steps.atMs.get(step));
  if (did === null)
    return `${by} records nothing itself, so what it did with the message is unknown.`;
  const whose = `${by} received it at ${at}; it was ${clock}.`;
  const what = {
    handled: '',
    settled: ' It settled the waiting call.',
    'late reply': isUnasked
      ? ' No call was waiting for it: there had been no such request.'
      : settledBy === null
        ? ` No call was waiting for it any more${request === null ? '' : ': it came too late'}.`
        : ` It was a second answer: ${settledBy.id} had settled the call ${duration(settledBy.beforeMs)} before.`,
    'no handler': ' Its program does not handle that type.',
    'not JSON': ' It was not JSON, so its program never saw it.',
    'bad signature': ' Its signature was wrong, so its program never saw it.',
  }[did];
  const ended = end === null ? '' : endInWords(by, end);
  const isShort = end !== null && end.when !== 'after';
  return `${whose}${what}${isShort ? '' : handled(handler)}${ended}`;
}

function endInWords(who: string, { how, when, afterMs, reason }: ReceiverEnd): string {
  const after = duration(afterMs);
  const why = reason === null ? '' : ` (${reason})`;
  switch (when) {
    case 'before':
      return ` ${who} ${how} ${after} later, before its handler ran${why}.`;
    case 'during':
      return ` ${who} ${how} ${after} later, while its handler was running${why}: the effects that the handler had by then remain.`;
    case 'after':
      return ` ${who} ${how} ${after} after that, before the reply left${why}.`;
    case 'unknown':
      return ` ${who} ${how} ${after} later${why}: it is not recorded whether its handler ran.`;
  }
}

function handled(handler: ReceptionLife['handler']): string {
  if (handler === null) return '';
  const after = handler.afterMs === null ? '' : ` after ${duration(handler.afterMs)}`;
  switch (handler.outcome) {
    case 'replied':
      return ` Its handler replied${after}.`;
    case 'nothing':
      return ` Its handler ended${after} without a reply.`;
    case 'threw':
      return ` Its handler threw${after}: ${handler.error ?? 'no reason recorded'}.`;
    case 'not ended':
      return ' Its handler had not ended when the recording or the process ended.';
  }
}

function answered({ kind, replies, src, router, copies }: Explanation): string[] {
  if (kind !== 'request' || router === null) return [];
  if (replies.length === 0) {
    // The router has reported the refusal to the sender.
    const isRefused = copies.every(({ fate }) => fate === 'refused');
    return isRefused ? [] : ['No reply to it was ever sent.'];
  }
  return replies.map((reply, index) => {
    const which = replies.length === 1 ? 'The reply' : `Reply ${index + 1}`;
    const forged = reply.dest === src ? '' : ` went to ${reply.dest}, the forged source`;
    return `${which}${forged}: ${oneOf(reply)}${took(reply, src)}. See \`why ${reply.id}\`.`;
  });
}

function took({ did, isSecond }: LinkedMessage, src: string): string {
  if (did.includes('settled')) return `, and settled the call of ${src}`;
  if (isSecond) return `, a second answer to ${src}`;
  if (did.includes('late reply')) return `, too late for ${src}`;
  return '';
}

function oneOf({ id, type, fates, sentAfterMs, arrivedAfterMs }: LinkedMessage): string {
  const when = `sent ${duration(Math.abs(sentAfterMs))} ${sentAfterMs < 0 ? 'before' : 'after'}`;
  const counted = fates.length === 1 ? fates[0] : `${fates.length} copies: ${fates.join(', ')}`;
  const arrived =
    arrivedAfterMs === null || arrivedAfterMs < 0 ? '' : ` ${duration(arrivedAfterMs)} after`;
  return `${id} (${type}), ${when}, ${counted}${arrived}`;
}

/** As many digits as distinguish two draws. */
const number = (value: number): string => String(Number(value.toPrecision(6)));
