/** Faults of a node's disk. They add up and outlive the process; a flipped bit outlives them all. */
import { type Distribution, parseDistribution } from '@faultline/faults';
import { eventKind, FaultlineError, fact, parsePercent } from '@faultline/protocol';
import * as Type from 'typebox';
import { anyState } from '../states.ts';
import { delay, percent } from '../texts.ts';
import { nodeFault } from '../verb.ts';

const options = Type.Object(
  {
    slow: Type.Optional(
      Type.String({
        description: "delay each write: '20ms', 'lognormal 5ms p99 200ms'; 0ms: full speed",
      }),
    ),
    full: Type.Optional(Type.Boolean({ description: 'fail every write with DISK_FULL' })),
    error: Type.Optional(
      Type.String({ description: 'fail this share of writes with DISK_ERROR: 10%' }),
    ),
    torn: Type.Optional(
      Type.Boolean({
        description:
          'when a process ends, keep part of its last unsynced record; earlier unsynced records may survive whole',
      }),
    ),
    flip: Type.Optional(
      Type.String({
        description: 'flip one bit of a record in this file, at once; *: in any file',
      }),
    ),
    off: Type.Optional(
      Type.Boolean({ description: 'end all disk faults; a flipped bit stays flipped' }),
    ),
  },
  { additionalProperties: false, minProperties: 1 },
);
type DiskChange = Type.Static<typeof options>;

const events = {
  'disk.changed': eventKind({
    about: 'node',
    meaning: "The faults of a node's disk have changed.",
    facts: {
      change: fact.data<DiskChange>('the request'),
      describes: fact.text('its faults in words, such as full, torn; well: none'),
      isHealthy: fact.flag('it has no faults'),
    },
    says: ({ describes }) => `disk: ${describes}`,
  }),
  'disk.flipped': eventKind({
    about: 'node',
    meaning: 'One bit of a record on the disk has been flipped on request.',
    facts: {
      file: fact.text('the file on its disk'),
      path: fact.text('the same file on this machine'),
      record: fact.count('which record of the file, from 1'),
      byte: fact.count('which byte of the file, from 0'),
      bit: fact.count('which bit of the byte, from 0, the least significant'),
    },
    says: ({ file, record }) => `disk: a bit of record ${record} in ${file} was flipped`,
  }),
};

/** Named settings change; the rest stay. */
export interface DiskRequest {
  readonly slow?: Distribution;
  readonly full?: boolean;
  readonly errorShare?: number;
  readonly torn?: boolean;
  readonly off: boolean;
  /** A file, or `*`. */
  readonly flip?: string;
  /** The request, as it came. */
  readonly change: DiskChange;
}

export const disk = nodeFault({
  name: 'disk',
  summary: 'make disks slow, full or faulty, tear a record, flip a bit',
  accepts: anyState,
  needsSdk: "it uses the machine's disk, which cannot be made to fail",
  options,
  errors: ['NOT_FOUND'],
  texts: { slow: delay, error: percent },
  switches: ['full', 'torn'],
  /** Throws BAD_REQUEST, BAD_DISTRIBUTION, BAD_PERCENT. */
  read(change): DiskRequest {
    const { slow, full, error, torn, off, flip } = change;
    const named = Object.entries(change).flatMap(([name, value]) =>
      value === undefined || value === false ? [] : [name],
    );
    if (Object.values(change).every((value) => value === undefined)) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'expected a disk fault: --slow, --full, --error, --torn or --flip; or --off',
      );
    }
    if (off && named.length > 1) {
      const others = named.filter((name) => name !== 'off').join(', ');
      throw new FaultlineError(
        'BAD_REQUEST',
        `off ends all disk faults and accepts no other option: off first, then ${others}`,
        { settings: named },
      );
    }
    if (full && error !== undefined) {
      throw new FaultlineError(
        'BAD_REQUEST',
        'full and error contradict each other: a full disk fails every write; use one of them',
        { settings: ['full', 'error'] },
      );
    }
    return {
      ...(slow === undefined ? {} : { slow: parseDistribution(slow) }),
      ...(full === undefined ? {} : { full }),
      ...(error === undefined ? {} : { errorShare: parsePercent(error) }),
      ...(torn === undefined ? {} : { torn }),
      off: off === true,
      ...(flip === undefined ? {} : { flip }),
      change,
    };
  },
  cure: { off: true },
  undo({ slow, full, error, torn }) {
    const undone = {
      ...(slow === undefined ? {} : { slow: '0ms' }),
      ...(full === undefined ? {} : { full: false }),
      ...(error === undefined ? {} : { error: '0%' }),
      ...(torn === undefined ? {} : { torn: false }),
    };
    return Object.keys(undone).length === 0 ? null : { verb: 'disk', options: undone };
  },
  stays: { flip: 'a flipped bit stays flipped' },
  describe: (change) => `with its disk changed: ${JSON.stringify(change)}`,
  events,
  help: {
    flags: {
      flip: {
        flag: '--flip [file]',
        description: 'flip one bit of a record on disk, at once',
        read: (file) => ({ flip: file === true ? '*' : String(file) }),
      },
    },
    notes: `Faults add up and survive restarts, until --off. Which writes fail and how long each takes follows from
the seed, the node, its incarnation, the file and the number of the write.

Records that were appended but not synced are lost whenever a process ends; that needs no fault. With
--torn, part of the last record reaches the disk, and earlier unsynced records may survive whole, as
after a power cut. A torn record has no end, so the next start drops it. A flipped bit fails the
checksum at the next start: the program's first access to the file throws DISK_CORRUPT. A running node
has already read its files and does not notice.`,
    examples: [
      "disk n2 --slow 'lognormal 5ms p99 200ms'",
      'disk n2 --error 10% --torn',
      'disk n3 --full',
      'disk n1 --flip entries',
      'disk all --off',
    ],
  },
});
