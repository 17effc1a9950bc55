/** A snapshot on its way to a node that lacks what is not in the log any more (paper, section 7). */
import { charsMax, type Snapshot } from './log.ts';
import type { InstallSnapshot, InstallSnapshotReply } from './messages.ts';
import { persistSnapshot } from './persistence.ts';
import { follow } from './roles.ts';
import type { Progress, State } from './state.ts';

export function startTransfer(state: State, to: string, progress: Progress): void {
  const snapshot = state.log.snapshot!;
  const { index, term } = snapshot;
  progress.mode = 'snapshot';
  progress.transfer = { index, term, text: JSON.stringify(snapshot), offset: 0 };
  sendPiece(state, to, progress);
}

export function sendPiece(state: State, to: string, { transfer }: Progress): void {
  const { index, term, text, offset } = transfer!;
  state.send(to, {
    type: 'install_snapshot',
    term: state.term,
    index,
    indexTerm: term,
    offset,
    chunk: text.slice(offset, offset + charsMax),
    isLast: offset + charsMax >= text.length,
  });
}

/** True: the node has all of it, and continues with the entries behind it. */
export function onPieceTaken(
  state: State,
  from: string,
  progress: Progress,
  { index, received, isDone }: InstallSnapshotReply,
): boolean {
  const { transfer } = progress;
  if (transfer === null || transfer.index !== index) return false;
  if (isDone) {
    progress.match = Math.max(progress.match, index);
    progress.next = progress.match + 1;
    progress.mode = 'probe';
    progress.isWaiting = false;
    progress.transfer = null;
    return true;
  }
  // A repeated answer triggers nothing new; the next heartbeat sends the chunk again.
  if (received !== transfer.offset) {
    transfer.offset = Math.min(received, transfer.text.length);
    sendPiece(state, from, progress);
  }
  return false;
}

export function onInstallSnapshot(state: State, from: string, message: InstallSnapshot): void {
  const { term, index, indexTerm, offset, chunk, isLast } = message;
  const reply = (received: number, isDone: boolean): void =>
    state.promise(from, {
      type: 'install_snapshot_reply',
      term: state.term,
      index,
      received,
      isDone,
    });
  if (term < state.term) {
    reply(0, false);
    return;
  }
  follow(state, term, from);
  if (index <= state.commit) {
    reply(0, true);
    return;
  }
  if (state.arriving?.index !== index || state.arriving.term !== indexTerm) {
    state.arriving = { index, term: indexTerm, text: '' };
  }
  const { arriving } = state;
  if (offset !== arriving.text.length) {
    reply(arriving.text.length, false);
    return;
  }
  arriving.text += chunk;
  if (!isLast) {
    reply(arriving.text.length, false);
    return;
  }
  const whole = readSnapshot(arriving.text, index);
  state.arriving = null;
  // Something on the way has changed it: from the beginning again.
  if (whole === undefined) {
    reply(0, false);
    return;
  }
  install(state, whole);
  reply(0, true);
}

function install(state: State, snapshot: Snapshot): void {
  state.log.compact(snapshot);
  state.machine.load(snapshot.index, snapshot.state);
  state.commit = snapshot.index;
  persistSnapshot(state, snapshot);
  state.event('snapshot.installed', { index: snapshot.index });
}

function readSnapshot(text: string, index: number): Snapshot | undefined {
  try {
    const snapshot: Snapshot = JSON.parse(text);
    return snapshot.index === index ? snapshot : undefined;
  } catch {
    return undefined;
  }
}
