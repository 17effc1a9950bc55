/** What rules would have done, as a person reads it. */
import { type DryRun, roundedDuration } from '@faultline/protocol';
import { table } from './table.ts';

export function formatDryRun(dryRun: DryRun): string {
  const { rules, looked, hit, bodiesUnknown, outcomes, messages } = dryRun;
  if (looked === 0) return 'no messages are recorded yet: there is nothing to try it on';
  const asksForField = rules.some(({ spec }) => spec.field !== undefined);
  return [
    `Of the last ${looked} messages, ${hit} would have been hit. Nothing is installed.`,
    ...(asksForField && bodiesUnknown > 0
      ? [
          `The bodies of ${bodiesUnknown} are not recorded, or only in part (see up --trace full): no field of them matches.`,
        ]
      : []),
    '',
    table(
      ['WHAT IT WOULD DO', 'MATCHED', 'HIT'],
      rules.map(({ explains, report }) => [
        explains,
        String(report?.matched ?? 0),
        String(report?.hit ?? 0),
      ]),
    ),
    ...(messages.length === 0
      ? []
      : [
          '',
          `Copies: ${Object.entries(outcomes)
            .map(([outcome, count]) => `${count} ${fateOf(outcome)}`)
            .join(', ')}. The latest:`,
          '',
          table(
            ['MESSAGE', 'LINK', 'TYPE', 'WAS', 'WOULD BE'],
            messages.map(({ id, src, dest, type, was, copies }) => [
              id,
              `${src}>${dest}`,
              type,
              was,
              copies.map(wouldBe).join(' and '),
            ]),
          ),
        ]),
  ].join('\n');
}

function wouldBe({ outcome, delayMs }: DryRun['messages'][number]['copies'][number]): string {
  if (outcome !== 'deliver') return fateOf(outcome);
  const delay = roundedDuration(delayMs);
  return delayMs === 0 ? fateOf(outcome) : `${fateOf(outcome)} after ${delay}`;
}

/** What the decision to deliver is called where it has been carried out. */
const fateOf = (outcome: string): string => (outcome === 'deliver' ? 'delivered' : outcome);
