/**
 * A node's process: waits for its configuration from the supervisor, puts the node's clock in place,
 * joins the router, runs the program, and ends when the supervisor does.
 */
import { inspect } from 'node:util';
import type { ClockState } from '@faultline/clocks';
import { Link, Signatures } from '@faultline/link';
import {
  deferred,
  FaultlineError,
  type FromNode,
  messageId,
  type NodeConfig,
  type ToNode,
} from '@faultline/protocol';
import { trueNowMs } from '@faultline/recording';
import type { Program } from '../port.ts';
import { askTime } from './ask-time.ts';
import { HostClock } from './clock.ts';
import { CrashingDisk, CrashTrigger } from './crash-point.ts';
import { HostDisk } from './disk.ts';
import { DiskTrouble } from './disk-faults.ts';
import { processFaults } from './faults/registry.ts';
import { Host } from './host.ts';
import { makeLog } from './log.ts';
import { seededRandom } from './random.ts';
import { NodeRecording } from './recording.ts';
import { installSourceStacks } from './source-stack.ts';
import { badSignatureTeller, diskFailureTeller, eventTeller, unsentTeller } from './tellers.ts';
import { installVirtualTime } from './virtual-time.ts';

const real = { setTimeout };
/** Longer than a message takes to a node that is not busy: a state that begins when it is sent. */
const wayMsMax = 10;

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
  // A vector clock starts at nothing with each start of the node: under an id of its own, or its new
  // events would pass for old ones.
  const life = config.incarnation === 1 ? config.id : `${config.id}.${config.incarnation}`;
  const clock = new HostClock(life, config.clock as ClockState, config.vector);
  const toComeMs = config.clocksToCome.map((state) => clock.setState(state as ClockState));
  const timers = installVirtualTime(clock);
  /** Waiting timers are computed again when a state begins, not when it arrives. */
  const rearmAfter = (ms: number): void => {
    if (ms === 0) timers.rearm();
    else real.setTimeout(() => timers.rearm(), Math.ceil(ms));
  };
  for (const ms of toComeMs) rearmAfter(ms);
  const recording = startRecording(config);
  const flush = recording?.flush;
  const tellAfterRecord = (message: FromNode): void => {
    flush?.();
    tell(message);
  };
  const channel = { tell: tellAfterRecord, trueNow: trueNowMs, later: real.setTimeout };
  const linked = deferred();
  let { signing } = config;
  const link = new Link({
    signatures: signing === undefined ? undefined : Signatures.ofNode(() => signing!),
    onForged: (reader) => host.receiveForged(reader),
    url: config.linkUrl,
    name: config.id,
    incarnation: config.incarnation,
    onMessage: (reader) => host.receive(reader),
    onUp: () => linked.resolve(),
    onUnsent: unsentTeller(channel),
    ...(flush === undefined ? {} : { onFlush: flush }),
  });
  const crash = new CrashTrigger((facts) => {
    link.flush();
    flush?.();
    // Written to the channel before this returns; then nothing is any more.
    tell({ from: 'crashing', facts: { ...facts } });
    process.kill(process.pid, 'SIGKILL');
  });
  crash.set(config.crash ?? null);
  const trouble = new DiskTrouble(
    {
      seed: config.seed,
      node: config.id,
      incarnation: config.incarnation,
      onFailure: diskFailureTeller(channel),
    },
    config.disk,
  );
  const host = new Host({
    config,
    clock,
    timers,
    random: seededRandom(config.seed, config.id, config.incarnation),
    disk: new CrashingDisk(new HostDisk(config.diskDir, flush, trouble), crash),
    log: makeLog({
      node: config.id,
      incarnation: config.incarnation,
      level: config.settings.logLevel,
    }),
    send: (dest, body) => {
      if (crash.isArmed) {
        crash.sends(body.type, dest, () => messageId(config.id, config.incarnation, link.seq + 1));
      }
      link.send(dest, body, clock.tick());
    },
    crash,
    tellEvent: eventTeller(channel),
    tellBadSignature: badSignatureTeller(channel),
    tellRole: (role) => tellAfterRecord({ from: 'role', atMs: trueNowMs(), role }),
    recording,
  });
  const changeClock = (state: ClockState, sentMs: number): void => {
    const atMs = trueNowMs();
    rearmAfter(clock.setState(state));
    const lateMs = atMs - state.sinceTrueMs;
    // The recording says otherwise: that the node has read this state from its beginning on.
    if (lateMs > (sentMs < state.sinceTrueMs ? 0 : wayMsMax)) {
      tell({ from: 'clockLate', atMs, lateMs });
    }
  };
  const faults = new Map(
    Object.entries(processFaults).map(([fault, begin]) => [
      fault,
      begin({ ...channel, report: (facts) => tell({ from: 'fault', fault, facts }) }),
    ]),
  );
  process.on('message', (message: ToNode) => {
    switch (message.to) {
      case 'clock':
        changeClock(message.clock as ClockState, message.sentMs);
        tell({ from: 'heard', n: message.n });
        break;
      case 'askTime':
        void askTime(message, host, clock, real.setTimeout).then((answers) =>
          tell({ from: 'time', n: message.n, ...answers }),
        );
        break;
      case 'disk':
        trouble.set(message.faults);
        tell({ from: 'heard', n: message.n });
        break;
      case 'members':
        signing = message.signing;
        void host.setMembers(message.members).then(() => tell({ from: 'heard', n: message.n }));
        break;
      case 'link':
        link.redirect(message.linkUrl);
        break;
      case 'crash':
        crash.set(message.when);
        break;
      case 'fault':
        faults.get(message.fault)?.(message.order);
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
  await linked.promise;
  await (program as Program)(host);
  host.ready();
  tell({ from: 'ready' });
}

function startRecording({ id, incarnation, trace }: NodeConfig): NodeRecording | undefined {
  if (trace === null || trace === undefined) return undefined;
  const onStopped = ({ code, message }: NodeJS.ErrnoException): void =>
    tell({
      from: 'traceStopped',
      code: code === 'ENOSPC' ? 'DISK_FULL' : 'DISK_ERROR',
      reason: message,
    });
  try {
    const recording = new NodeRecording({
      ...trace,
      config: { id, incarnation },
      trueNow: trueNowMs,
      onStopped,
    });
    // A program that ends the process, or whose error does, is recorded to its end.
    process.on('exit', recording.flush);
    return recording;
  } catch (error) {
    onStopped(error as NodeJS.ErrnoException);
    return undefined;
  }
}

function die(thrown: unknown): void {
  const error = thrown instanceof Error ? thrown : new Error(inspect(thrown));
  const message = `${error.name === 'FaultlineError' ? '' : `${error.name}: `}${error.message}`;
  const fatal: FromNode = { from: 'fatal', message, stack: error.stack ?? message };
  // The process ends once the supervisor has it, or soon in any case.
  real.setTimeout(() => process.exit(1), 500).unref();
  if (process.connected) process.send!(fatal, undefined, undefined, () => process.exit(1));
  else process.exit(1);
}
