import { type InFlight, type RulesChanged, roundedDuration } from '@faultline/protocol';
import { type GlobalOptions, print } from '../context.ts';

/** What a command did to the rules, a line for each, and to the messages that they delayed or held. */
export function printChange(options: GlobalOptions, change: RulesChanged): void {
  print(options, change, () => formatChange(change));
}

export function formatChange({ added, removed, inFlight }: RulesChanged): string {
  const lines = [
    ...removed.map(({ id, explains }) => `${id} removed: ${explains}`),
    ...added.map(({ id, explains }) => `${id} added: ${explains}`),
  ];
  const rules = lines.length === 0 ? ['nothing to do: there are no rules'] : lines;
  return [...rules, ...formatInFlight(inFlight)].join('\n');
}

/** What became of messages that removed rules had delayed or held, a line for each. */
export function formatInFlight({ released, delayed, lastDueInMs, dropped }: InFlight): string[] {
  const messages = (count: number): string => `${count} ${count === 1 ? 'message' : 'messages'}`;
  const last = roundedDuration(lastDueInMs ?? 0);
  const due = delayed === 1 ? `it arrives in ${last}` : `the last arrives in ${last}`;
  return [
    ...(dropped > 0 ? [`${messages(dropped)} dropped`] : []),
    ...(released > 0 ? [`${messages(released)} released that had been held`] : []),
    ...(delayed > 0
      ? [
          `${messages(delayed)} still delayed by removed rules, ${due}: \`release\` delivers now, \`heal --drop\` drops`,
        ]
      : []),
  ];
}
