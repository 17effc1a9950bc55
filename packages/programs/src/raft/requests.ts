/**
 * What clients ask. Any node takes a request and sees to it that the leader gets it: at once, when there
 * is one again, and again where no answer comes. That is safe because the state machine applies a request
 * once, however often it comes (machine.ts).
 *
 * Refused (error 11) is only what took no effect and never will. So a write that was put into a log or
 * handed on is not refused any more, whatever becomes of it, nor is one that was refused taken later.
 */
import { type Body, errorCodes, RpcError } from '@faultline/node';
import { answer, answerOf, refusal } from './answers.ts';
import { type Request, readRequest } from './messages.ts';
import { ask } from './reads.ts';
import { append, replicateToAll } from './replication.ts';
import { type Asker, nameOf, type Pending, type State } from './state.ts';

const fatesMax = 20_000;
/** By then the client has given up. */
const pendingMsMax = 10_000;

/** A client of this node asks. */
export function onRequest(state: State, client: string, body: Body): void {
  const asker: Asker = { client, id: body.msg_id ?? null, via: null };
  const request = parse(state, asker, body);
  if (request === undefined) return;
  const name = nameOf(asker);
  if (asker.id !== null && request.type !== 'read' && state.fates.get(name) === 'refused') {
    state.pending.set(name, { asker, body, request, sinceMs: state.nowMs, sentMs: null });
    refuse(state, asker);
  } else if (asker.id === null) {
    if (state.leadership !== null) take(state, asker, request);
    else if (state.leader !== null)
      state.send(state.leader, { type: 'forward', client, request: body });
  } else if (!state.pending.has(name)) {
    const pending = { asker, body, request, sinceMs: state.nowMs, sentMs: null };
    state.pending.set(name, pending);
    dispatch(state, name);
  }
}

/** Another node forwards a request. A node that does not lead leaves retries to the sender. */
export function onForward(state: State, via: string, client: string, body: Body): void {
  if (state.leadership === null) return;
  const asker: Asker = { client, id: body.msg_id ?? null, via };
  const request = parse(state, asker, body);
  if (request !== undefined) take(state, asker, request);
}

/** The answer to a request that was handed on. */
export function onForwarded(state: State, client: string, reply: Body): void {
  const { in_reply_to, ...says } = reply;
  answer(state, { client, id: in_reply_to ?? null, via: null }, says);
}

/** There is a leader, and it was not there before: it gets all that is not answered yet. */
export function dispatchAll(state: State): void {
  for (const name of state.pending.keys()) dispatch(state, name);
}

/** What was handed on long ago may have been lost on the way. */
export function dispatchOverdue(state: State): void {
  const { nowMs, settings, pending } = state;
  for (const [name, { sinceMs, sentMs }] of pending) {
    if (nowMs - sinceMs > pendingMsMax) pending.delete(name);
    else if (nowMs - (sentMs ?? nowMs) > 2 * settings.electionTimeoutMs) dispatch(state, name);
  }
}

/** Without a leader, rejects requests that have waited for as long as an election may take. */
export function refuseWaiting(state: State): void {
  const { nowMs, pending, leader } = state;
  if (leader !== null) return;
  for (const [name, one] of pending) {
    if (nowMs - one.sinceMs > pendingMsMax) pending.delete(name);
    else if (isRefusable(state, name) && nowMs >= refusalDueMs(state, one)) {
      if (one.request.type !== 'read') remember(state, name, 'refused');
      refuse(state, one.asker);
    }
  }
}

/** When something is next refused, if no leader is found until then. */
export function nextRefusalMs(state: State): number {
  if (state.leader !== null) return Number.POSITIVE_INFINITY;
  for (const [name, one] of state.pending) {
    if (isRefusable(state, name)) return refusalDueMs(state, one);
  }
  return Number.POSITIVE_INFINITY;
}

function isRefusable({ pending, fates }: State, name: string): boolean {
  return pending.get(name)!.request.type === 'read' || !fates.has(name);
}

const refusalDueMs = ({ settings }: State, { sinceMs }: Pending): number =>
  sinceMs + 2 * settings.electionTimeoutMs;

function dispatch(state: State, name: string): void {
  const { leadership, leader } = state;
  const pending = state.pending.get(name)!;
  const { asker, body, request } = pending;
  if (leadership === null && leader === null) return;
  if (request.type !== 'read') remember(state, name, 'taken');
  pending.sentMs = state.nowMs;
  if (leadership !== null) take(state, asker, request);
  else state.send(leader!, { type: 'forward', client: asker.client, request: body });
}

/** The leader takes a request. One that it has already is not written a second time. */
function take(state: State, asker: Asker, request: Request): void {
  if (request.type === 'read') {
    ask(state, asker, request.key);
    return;
  }
  const { askers, open, firstIndex } = state.leadership!;
  const { client, id } = asker;
  const name = nameOf(asker);
  if (state.rules.keepsSessions && id !== null) {
    // Before that the results may be those of an earlier run.
    const isCurrent = state.commit >= firstIndex;
    const result = isCurrent ? state.machine.resultOf(client, id) : undefined;
    const index = open.get(name);
    if (result !== undefined) answer(state, asker, answerOf(request.type, result));
    else if (index !== undefined) askers.set(index, [...(askers.get(index) ?? []), asker]);
    if (result !== undefined || index !== undefined) return;
  }
  const index = append(state, { term: state.term, kind: 'command', client, id, command: request });
  askers.set(index, [asker]);
  if (id !== null) open.set(name, index);
  replicateToAll(state);
}

function parse(state: State, asker: Asker, body: Body): Request | undefined {
  try {
    return readRequest(body);
  } catch (error) {
    if (!(error instanceof RpcError)) throw error;
    const { client, id } = asker;
    const says = refusal(error.rpcCode, error.message);
    if (asker.via !== null) answer(state, asker, says);
    else if (id !== null) state.push({ do: 'reply', client, body: { ...says, in_reply_to: id } });
    return undefined;
  }
}

function refuse(state: State, asker: Asker): void {
  const text = `${state.id} knows of no leader: no majority can be reached, or an election is in progress`;
  answer(state, asker, refusal(errorCodes.temporarilyUnavailable, text));
}

function remember({ fates }: State, name: string, fate: 'taken' | 'refused'): void {
  fates.set(name, fate);
  if (fates.size > fatesMax) fates.delete(fates.keys().next().value!);
}
