/** One event of a run as a line: when, who, what. */
import { type ClusterEvent, formatDuration, formatPercent, printable } from '@faultline/protocol';
import { count } from './count.ts';

type Facts = Readonly<Record<string, unknown>>;

const words: Readonly<Record<string, (facts: Facts) => string>> = {
  'cluster.up': ({ ready, afterMs }) =>
    `up: ${count(Number(ready), 'node', 'nodes')} ready after ${afterMs} ms`,
  'cluster.stopping': () => 'going down',
  'cluster.down': () => 'down',
  'node.starting': ({ incarnation, pid }) => `starts (process ${pid}, start ${incarnation})`,
  'node.ready': ({ afterMs }) => `ready after ${afterMs} ms`,
  'node.unready': ({ reason }) => String(reason),
  'node.paused': () => 'paused',
  'node.resumed': () => 'resumed',
  'node.slow': ({ reason }) => `slow: ${reason}`,
  'node.recovered': ({ afterMs }) => `answers again, after ${afterMs} ms`,
  'cpu.limited': ({ share, forMs }) =>
    `slowed to ${formatPercent(Number(share))} of a CPU${typeof forMs === 'number' ? ` for ${formatDuration(forMs)}` : ''}`,
  'cpu.restored': ({ why, share, given }) =>
    `at full speed again, ${why}${typeof given === 'number' ? `: ${formatPercent(given)} of a CPU given, ${formatPercent(Number(share))} asked` : ''}`,
  'node.hanging': ({ forMs }) => `hangs for ${formatDuration(Number(forMs))}`,
  'node.hung': ({ forMs }) => `goes on after ${forMs} ms of hanging`,
  'memory.leaking': ({ explains }) => String(explains),
  'memory.leaked': ({ bytes }) => `holds ${Math.round(Number(bytes) / 1e6)} MB for nothing`,
  'memory.freed': () => 'frees what it has leaked',
  'descriptors.taken': ({ count: held, errno }) =>
    errno === null ? `${held} descriptors taken` : `no descriptors left (${errno})`,
  'descriptors.freed': () => 'has its descriptors back',
  'crash.planned': ({ when, after }) =>
    `will crash: ${when}${typeof after === 'number' ? `, after ${count(after, 'time', 'times')}` : ''}`,
  'crash.cancelled': ({ when }) => `will not crash any more: ${when}`,
  'node.stopped': () => 'stopped',
  'node.killed': () => 'killed',
  'node.crashed': ({ reason, inARow }) =>
    `crashed: ${reason}${typeof inARow === 'number' ? ` (${inARow} times in a row)` : ''}`,
  'node.restarting': ({ afterMs }) => `starts again in ${formatDuration(Number(afterMs))}`,
  'restart.cancelled': () => 'will not be started again',
  'program.changed': ({ program }) => `runs ${program} from now on`,
  'node.added': () => 'added to the cluster',
  'node.removed': () => 'removed from the cluster',
  'node.role': ({ role }) => (role === null ? 'has no role any more' : `is now ${role}`),
  'members.changed': ({ nodes }) => `the cluster is now ${(nodes as string[]).join(', ')}`,
  'clock.changed': ({ describes, measured }) => `clock: ${describes}${told(measured)}`,
  'disk.changed': ({ describes }) => `disk: ${describes}`,
  'disk.failed': ({ fault, file, write, more: untold }) =>
    `disk: write ${write} to ${file} failed, ${fault === 'full' ? 'it is full' : 'with an error'}${more(untold)}`,
  'disk.flipped': ({ file, record }) => `disk: a bit of record ${record} in ${file} was flipped`,
  'clock.unsynced': ({ reason }) => String(reason),
  'clock.late': ({ lateMs }) => `was busy, and went on with its old clock for ${lateMs} ms`,
  'rule.added': ({ rule, explains }) => `${rule} added: ${explains}`,
  'rule.removed': ({ rule, explains }) => `${rule} removed: ${explains}`,
  'rule.expired': ({ rule }) => `${rule} has come to its end`,
  'messages.released': ({ links, messages: ids, released }) =>
    links === undefined
      ? `${messages(released, 'held ')} released: ${(ids as string[]).join(', ')}`
      : `${messages(released, 'held ')} released on ${links}`,
  'messages.unsent': ({ count, reason }) => `${messages(count)} never left: ${reason}`,
  'router.ready': ({ port, afterMs }) => `router ready on port ${port} after ${afterMs} ms`,
  'router.crashed': ({ signal, exitCode }) =>
    `router died (${signal ?? `exit code ${exitCode}`}); starting it again`,
  'router.lost': ({ count }) => `${messages(count)} went down with the router`,
  'queue.overflow': ({ queuedBytes }) =>
    `does not keep up: ${queuedBytes} bytes wait for it, more is dropped`,
  'message.refused': ({ dest, reason, alsoUntold }) =>
    `message to ${dest} refused: ${reason}${more(alsoUntold)}`,
  'message.forged': ({ client, src, type, alsoUntold }) =>
    `${client === undefined ? '' : `${client} `}dropped ${type} that claims to come from ${src}: its signature is wrong${more(alsoUntold)}`,
  'frame.refused': ({ reason, alsoUntold }) => `${reason}${more(alsoUntold)}`,
  'link.refused': ({ reason, alsoUntold }) =>
    `somebody was not let in: ${reason}${more(alsoUntold)}`,
  'trace.stopped': ({ reason }) => `the trace has stopped: ${reason}`,
  'recording.stopped': ({ reason }) => `the recording has stopped: ${reason}`,
  'node.eventsDropped': ({ data }) =>
    `made more events than are recorded: ${(data as { dropped?: number })?.dropped ?? 'some'} left out`,
  'program.event': ({ name, data }) =>
    `${name}${data === undefined ? '' : ` ${JSON.stringify(data)}`}`,
};

const messages = (howMany: unknown, what = ''): string =>
  count(Number(howMany), `${what}message`, `${what}messages`);

/** What a node has found out about its clock. */
function told(measured: unknown): string {
  if (typeof measured !== 'object' || measured === null) return '';
  const { offsetMs, delayMs } = measured as Record<string, unknown>;
  const ms = (value: unknown): string => `${Number(value).toFixed(3)} ms`;
  return ` (time server: off by ${ms(offsetMs)}, delay ${ms(delayMs)})`;
}

const more = (count: unknown): string => (typeof count === 'number' ? ` (and ${count} more)` : '');

/** Events that only matter to who looks for them. */
const quiet = new Set(['cluster.starting', 'node.starting', 'link.up', 'link.down']);

/** Undefined where the event is not worth a line. */
export function formatEvent(event: ClusterEvent): string | undefined {
  if (quiet.has(event.kind)) return undefined;
  const { leftOutBytes } = event.facts;
  const text =
    typeof leftOutBytes === 'number'
      ? `${event.kind}: ${leftOutBytes} bytes, which is more than is recorded`
      : (words[event.kind]?.(event.facts) ?? `${event.kind} ${JSON.stringify(event.facts)}`);
  const seconds = `+${(event.atMs / 1000).toFixed(3)}s`.padStart(10);
  // Reasons, names and data come from programs, and from whoever knocks at the router's door.
  return printable(
    `${seconds}  ${(event.node ?? 'cluster').padEnd(8)}${text.replaceAll(/\s*\n\s*/g, ' ')}`,
  );
}
