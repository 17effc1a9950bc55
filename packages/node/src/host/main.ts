/**
 * A node's process: waits for its configuration from the supervisor, puts the node's clock in place,
 * joins the router, runs the program, and ends when the supervisor does.
 */
import type { ClockState } from '@faultline/clocks';
import { FaultlineError, type FromNode, type NodeConfig, type ToNode } from '@faultline/protocol';
import { Link, trueNowMs, type UnsentReason } from '@faultline/protocol/host';
import { pino } from 'pino';
import type { Log, Program } from '../port.ts';
import { HostClock } from './clock.ts';
import { HostDisk } from './disk.ts';
import { Host } from './host.ts';
import { seededRandom } from './random.ts';
import { installSourceStacks } from './source-stack.ts';
import { installVirtualTime } from './virtual-time.ts';

const real = { setTimeout };

/** Facts that one node may put into the recording in a second; a program that floods is cut short. */
const eventsPerSecondMax = 1000;

function tell(message: FromNode): void {
  if (process.connected) process.send!(message);
}

/** `bundleUrl` is the file that everything here and the program were bundled into. */
export function runNode(
  loadProgram: () => Promise<{ default?: unknown }>,
  bundleUrl: string,
): void {
  installSourceStacks(bundleUrl);
  process.on('uncaughtException', (error) => die(error));
  process.on('disconnect', () => process.exit(0));
  process.once('message', (message: ToNode) => {
    if (message.to === 'start') start(message.config, loadProgram).catch(die);
  });
}

async function start(
  config: NodeConfig,
  loadProgram: () => Promise<{ default?: unknown }>,
): Promise<void> {
  const clock = new HostClock(config.id, config.clock as ClockState, config.vector);
  const timers = installVirtualTime({
    get state() {
      return clock.state;
    },
    trueNowMs,
  });
  const unsent = unsentTeller();
  let onFirstUp: () => void = () => {};
  const isLinked = new Promise<void>((resolve) => {
    onFirstUp = resolve;
  });
  const link = new Link({
    url: config.linkUrl,
    name: config.id,
    incarnation: config.incarnation,
    onMessage: (reader) => host.receive(reader),
    onUp: () => onFirstUp(),
    onUnsent: unsent,
    setTimeout: real.setTimeout,
  });
  const host = new Host({
    config,
    clock,
    timers,
    random: seededRandom(config.seed, config.id, config.incarnation),
    disk: new HostDisk(config.diskDir),
    log: makeLog(config),
    send: (dest, body) => link.send(dest, body, clock.stampSend()),
    tellEvent: eventTeller(),
    tellRole: (role) => tell({ from: 'role', atMs: trueNowMs(), role }),
  });
  process.on('message', (message: ToNode) => {
    switch (message.to) {
      case 'clock':
        clock.state = message.clock as ClockState;
        timers.rearm();
        break;
      case 'members':
        host.setMembers(message.members);
        break;
      case 'link':
        link.redirect(message.linkUrl);
        break;
      case 'ping':
        tell({ from: 'pong', n: message.n });
        break;
      case 'closeInspector':
        void import('node:inspector').then((inspector) => inspector.close());
        break;
      case 'stop':
        link.close();
        process.exit(0);
    }
  });
  const program = (await loadProgram()).default;
  if (typeof program !== 'function') {
    throw new FaultlineError(
      'PROGRAM_INVALID',
      'the program exports no function: write `export default function (node) { … }`',
    );
  }
  await isLinked;
  await (program as Program)(host);
  tell({ from: 'ready' });
}

function die(thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  const message = `${error.name === 'FaultlineError' ? '' : `${error.name}: `}${error.message}`;
  const fatal: FromNode = { from: 'fatal', message, stack: error.stack ?? message };
  // The process ends once the supervisor has it, or soon in any case.
  real.setTimeout(() => process.exit(1), 500).unref();
  if (process.connected) process.send!(fatal, undefined, undefined, () => process.exit(1));
  else process.exit(1);
}

function makeLog(config: NodeConfig): Log {
  return pino(
    {
      level: config.settings.logLevel ?? 'info',
      base: { node: config.id, incarnation: config.incarnation },
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ fd: 1, sync: true }),
  );
}

/** Gathers the numbers of messages that never left, and tells them a stretch at a time. */
function unsentTeller(): (seq: number, reason: UnsentReason) => void {
  let stretch: { reason: UnsentReason; firstSeq: number; lastSeq: number } | undefined;
  const flush = (): void => {
    if (stretch === undefined) return;
    const { reason, firstSeq, lastSeq } = stretch;
    stretch = undefined;
    tell({ from: 'unsent', reason, count: lastSeq - firstSeq + 1, firstSeq, lastSeq });
  };
  return (seq, reason) => {
    if (stretch?.reason === reason && stretch.lastSeq + 1 === seq) {
      stretch.lastSeq = seq;
      return;
    }
    flush();
    stretch = { reason, firstSeq: seq, lastSeq: seq };
    real.setTimeout(flush, 100);
  };
}

function eventTeller(): (name: string, data: Readonly<Record<string, unknown>>) => void {
  let second = 0;
  let told = 0;
  let dropped = 0;
  return (name, data) => {
    const atMs = trueNowMs();
    const thisSecond = Math.floor(atMs / 1000);
    if (thisSecond !== second) {
      if (dropped > 0) tell({ from: 'event', atMs, name: 'events.dropped', data: { dropped } });
      second = thisSecond;
      told = 0;
      dropped = 0;
    }
    if (told >= eventsPerSecondMax) dropped++;
    else {
      told++;
      tell({ from: 'event', atMs, name, data });
    }
  };
}
