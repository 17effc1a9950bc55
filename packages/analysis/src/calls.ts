/**
 * Which reply answers which request: `in_reply_to` repeats the request's `msg_id`, between the same two
 * members. A client numbers its requests from 1 whenever it starts, so where a number was used before,
 * a reply belongs to the latest request that came before it.
 *
 * A request whose source a rule forged is answered to whom it claimed to come from. Its replies are
 * known by this: they were sent while nothing but that request was handled, and repeat its number.
 */
import { handlerOpenAt, handlersOfSends } from './handlers.ts';
import { flagReply, type Run } from './run.ts';

/**
 * The replies to a request, also those that went to one of `claimed`, whom it claimed to come from, in
 * the order in which they reached the router. Goes through the messages once.
 */
export function repliesTo(run: Run, request: number, claimed: readonly string[] = []): number[] {
  const { messages } = run;
  const msgId = messages.msgId.rows[request]!;
  if (msgId < 0) return [];
  const src = run.words.find(run.src(request));
  const dest = run.dest(request);
  const others = new Set(claimed.map((name) => run.words.find(name)));
  const found: number[] = [];
  for (let message = request + 1; message < run.messageCount; message++) {
    if (messages.inReplyTo.rows[message] === msgId && run.src(message) === dest) {
      const to = messages.dest.rows[message]!;
      const isForged = (): boolean => isAnsweredBy(run, request, message);
      if (to === src || (others.has(to) && isForged())) found.push(message);
    }
    const isAgain =
      messages.msgId.rows[message] === msgId &&
      messages.dest.rows[message] === messages.dest.rows[request] &&
      run.src(message) === run.src(request);
    if (isAgain) break;
  }
  return found;
}

/** The request that a reply answers; -1 where the recording has none. */
export function requestOf(run: Run, reply: number): number {
  const { messages } = run;
  const msgId = messages.inReplyTo.rows[reply]!;
  if (msgId < 0) return -1;
  const src = run.words.find(run.src(reply));
  const dest = run.dest(reply);
  const during = handlerOpenAt(run, messages.send.rows[reply]!);
  if (during >= 0 && messages.msgId.rows[during] === msgId) return during;
  for (let message = reply - 1; message >= 0; message--) {
    const isRequest = messages.msgId.rows[message] === msgId && messages.dest.rows[message] === src;
    if (isRequest && run.src(message) === dest) return message;
  }
  return -1;
}

function isAnsweredBy(run: Run, request: number, reply: number): boolean {
  return handlerOpenAt(run, run.messages.send.rows[reply]!) === request;
}

/** For every message the request that it answers, as `requestOf` has it; -1 for none. */
export function requestsOfAll(run: Run): Int32Array {
  const { messages, processes, words } = run;
  const requests = new Int32Array(run.messageCount).fill(-1);
  const handled = handlersOfSends(run);
  const nameOf = processes.map(({ name }) => words.number(name));
  /** By who asks and who is asked: the latest request of a number. */
  const pairs: (Map<number, number> | undefined)[][] = [];
  const pairOf = (asker: number, other: number): Map<number, number> => {
    let row = pairs[asker];
    if (row === undefined) {
      row = [];
      pairs[asker] = row;
    }
    let pair = row[other];
    if (pair === undefined) {
      pair = new Map();
      row[other] = pair;
    }
    return pair;
  };
  for (let message = 0; message < run.messageCount; message++) {
    const src = nameOf[messages.owner.rows[message]!]!;
    const dest = messages.dest.rows[message]!;
    const msgId = messages.msgId.rows[message]!;
    if (msgId >= 0) pairOf(src, dest).set(msgId, message);
    const isReply = (messages.flags.rows[message]! & flagReply) !== 0;
    const inReplyTo = messages.inReplyTo.rows[message]!;
    if (!isReply || inReplyTo < 0) continue;
    const during = handled[message]!;
    const isItsOwn = during >= 0 && messages.msgId.rows[during] === inReplyTo;
    requests[message] = isItsOwn ? during : (pairOf(dest, src).get(inReplyTo) ?? -1);
  }
  return requests;
}
