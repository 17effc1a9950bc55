/**
 * A node's process: waits for its configuration from the supervisor, puts the node's clock in place,
 * joins the router, runs the program, and ends when the supervisor does.
 */
import { inspect } from 'node:util';
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
import { ClockStates } from './clock-states.ts';
import { CrashingDisk, CrashTrigger } from './crash-point.ts';
import { HostDisk } from './disk.ts';
import { DiskTrouble } from './disk-faults.ts';
import { processFaults } from './faults/registry.ts';
import { Host } from './host.ts';
import { makeLog } from './log.ts';
import { type Ordered, obey } from './orders.ts';
import { seededRandom } from './random.ts';
import { NodeRecording } from './recording.ts';
import { installSourceStacks } from './source-stack.ts';
import {
  badSignatureReporter,
  diskFailureReporter,
  eventReporter,
  unsentReporter,
} from './throttled-reporters.ts';

const real = { setTimeout };

function notify(message: FromNode): void {
  if (process.connected) process.send!(message);
}

/** `bundleUrl` is the file that everything here and the program were bundled into. */
export function runNode(
  loadProgram: () => Promise<{ default?: unknown }>,
  bundleUrl: string,
): void {
  installSourceStacks(bundleUrl);
  process.on('uncaughtException', (error) => die(error));
  process.on('disconnect', () => {
    // Whatever the program has started ends with it, also where the supervisor's reaper is gone.
    process.once('exit', endGroup);
    process.exit(0);
  });
  process.once('message', (message: ToNode) => {
    if (message.to === 'start') start(message.config, loadProgram).catch(die);
  });
}

/** The supervisor starts each node in its own process group. */
function endGroup(): void {
  try {
    process.kill(-process.pid, 'SIGKILL');
  } catch {
    // It leads no group.
  }
}

async function start(
  config: NodeConfig,
  loadProgram: () => Promise<{ default?: unknown }>,
): Promise<void> {
  const clocks = new ClockStates(config, notify);
  const { clock, timers } = clocks;
  const recording = startRecording(config);
  const flush = recording?.flush;
  const notifyAfterRecord = (message: FromNode): void => {
    flush?.();
    notify(message);
  };
  const channel = { notify: notifyAfterRecord, trueNow: trueNowMs, later: real.setTimeout };
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
    onUnsent: unsentReporter(channel),
    ...(flush === undefined ? {} : { onFlush: flush }),
  });
  const crash = new CrashTrigger((facts) => {
    link.flush();
    flush?.();
    // Written to the channel before this returns; then nothing is any more.
    notify({ from: 'crashing', facts: { ...facts } });
    process.kill(process.pid, 'SIGKILL');
  });
  crash.set(config.crash ?? null);
  const trouble = new DiskTrouble(
    {
      seed: config.seed,
      node: config.id,
      incarnation: config.incarnation,
      onFailure: diskFailureReporter(channel),
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
      const { seq } = link;
      const stamps = clock.tick();
      try {
        link.send(dest, body, stamps);
      } catch (error) {
        // A body that is not JSON, or a full stack: no message.
        if (link.seq === seq) clock.takeBack();
        throw error;
      }
    },
    crash,
    reportEvent: eventReporter(channel),
    reportBadSignature: badSignatureReporter(channel),
    reportRole: (role) => notifyAfterRecord({ from: 'role', atMs: trueNowMs(), role }),
    recording,
  });
  const faults = new Map(
    Object.entries(processFaults).map(([fault, begin]) => [
      fault,
      begin({ ...channel, report: (facts) => notify({ from: 'fault', fault, facts }) }),
    ]),
  );
  const ordered: Ordered = {
    host,
    link,
    clocks,
    crash,
    trouble,
    faults,
    notify,
    setSigning(keys) {
      signing = keys;
    },
  };
  process.on('message', (message: ToNode) => obey(message, ordered));
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
  notify({ from: 'ready' });
}

function startRecording({ id, incarnation, trace }: NodeConfig): NodeRecording | undefined {
  if (trace === null || trace === undefined) return undefined;
  const onStopped = ({ code, message }: NodeJS.ErrnoException): void =>
    notify({
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
      onDiscarded: (discarded) => notify({ from: 'traceDiscarded', ...discarded }),
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
