/** The ways in which the page draws a copy of a message. All but the first are never sampled away. */
import { type Fate, fates, receptions } from '@faultline/protocol';

export const copyStatuses = [
  'delivered',
  'duplicate',
  'altered',
  'unused',
  'late',
  'held',
  'waiting',
  'lost',
  'cut',
  'undelivered',
] as const;
export type CopyStatus = (typeof copyStatuses)[number];

/** What the legend says. */
export const statusMeanings: Readonly<Record<CopyStatus, string>> = {
  delivered: 'delivered',
  duplicate: 'delivered once more',
  altered: 'delivered with other bytes than were sent',
  unused: 'delivered, but not used: a late reply, no handler, a bad signature',
  late: 'delivered late: a rule delayed or held it, or it waited for room',
  held: 'held by a rule',
  waiting: 'waits in the router',
  lost: 'lost by a rule',
  cut: 'cut by a partition',
  undelivered: 'not delivered: refused, dropped, or no process was there',
};

const ofFate: Readonly<Record<Fate, CopyStatus>> = {
  delivered: 'delivered',
  lost: 'lost',
  cut: 'cut',
  held: 'held',
  waiting: 'waiting',
  overflow: 'undelivered',
  refused: 'undelivered',
  'node down': 'undelivered',
  'router down': 'undelivered',
  dropped: 'undelivered',
};

const numberOf = (status: CopyStatus): number => copyStatuses.indexOf(status);
const byFate = fates.map((fate) => numberOf(ofFate[fate]));
const delivered = numberOf('delivered');
const duplicate = numberOf('duplicate');
const altered = numberOf('altered');
const unused = numberOf('unused');
const late = numberOf('late');
const usedReceptions = new Set([receptions.indexOf('handled'), receptions.indexOf('settled')]);

/** `reception`: index into the protocol's list; `notReceived`: none was recorded. */
export const notReceived = 255;

/** `hasWaited`: an earlier fate of the copy was `held` or `waiting`. Returns an index into `copyStatuses`. */
export function statusOf(
  fate: number,
  reception: number,
  copy: number,
  isAltered: boolean,
  hasWaited: boolean,
): number {
  const status = byFate[fate]!;
  if (status !== delivered) return status;
  if (isAltered) return altered;
  if (reception !== notReceived && !usedReceptions.has(reception)) return unused;
  if (hasWaited) return late;
  return copy > 0 ? duplicate : delivered;
}
