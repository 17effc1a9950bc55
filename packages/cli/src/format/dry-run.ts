/** What rules would have done, as text. */
import { type DryRun, roundedDuration } from '@faultline/protocol';
import { table } from './table.ts';

export function formatDryRun(dryRun: DryRun): string {
  const { rules, looked, hit, bodiesUnknown, outcomes, messages } = dryRun;
  if (looked === 0) return 'no messages are recorded yet, so there is nothing to try the rules on';
  const asksForField = rules.some(({ spec }) => spec.field !== undefined);
  return [
    `The rules would have hit ${hit} of the last ${looked} messages. Nothing is installed.`,
    ...(asksForField && bodiesUnknown > 0
      ? [
          `The bodies of ${bodiesUnknown} are not recorded in full (see up --trace full), so none of their fields match.`,
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

/** The name of the decision to deliver once it has been carried out. */
const fateOf = (outcome: string): string => (outcome === 'deliver' ? 'delivered' : outcome);
