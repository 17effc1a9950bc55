/** Records reports of a node's process that need no other handling. */
import type { RecordNodeEvent } from '@faultline/actions';
import type { FromNode } from '@faultline/protocol';

type RecordedKind =
  | 'badSignature'
  | 'event'
  | 'diskFailure'
  | 'clockLate'
  | 'traceStopped'
  | 'traceDiscarded'
  | 'unsent';

type Recorded = Extract<FromNode, { from: RecordedKind }>;

export function recordReport(report: Recorded, incarnation: number, record: RecordNodeEvent): void {
  switch (report.from) {
    case 'badSignature': {
      const { src, type, alsoUntold, atMs } = report;
      record('message.forged', { src, type, ...(alsoUntold > 0 ? { alsoUntold } : {}) }, atMs);
      break;
    }
    case 'event': {
      const { name, data, atMs } = report;
      const facts = { name, ...(Object.keys(data).length > 0 ? { data } : {}) };
      record(name === 'events.dropped' ? 'node.eventsDropped' : 'program.event', facts, atMs);
      break;
    }
    case 'diskFailure': {
      const { fault, file, write, more, atMs } = report;
      record('disk.failed', { fault, file, write, ...(more > 0 ? { more } : {}) }, atMs);
      break;
    }
    case 'clockLate':
      record('clock.late', { lateMs: Math.ceil(report.lateMs) }, report.atMs);
      break;
    case 'traceStopped': {
      const { code, reason } = report;
      record('trace.stopped', { code, reason });
      break;
    }
    case 'traceDiscarded': {
      const { from: _, ...facts } = report;
      record('trace.discarded', facts);
      break;
    }
    case 'unsent': {
      const { reason, count, firstSeq, lastSeq } = report;
      record('messages.unsent', { reason, count, firstSeq, lastSeq, incarnation });
    }
  }
}
