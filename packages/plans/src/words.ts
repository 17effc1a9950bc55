/** Steps and actions as one line each. */

import { type Seen, seenText } from '@faultline/actions';
import { verbOf } from './actions.ts';
import type { Action, Condition } from './plan.ts';

/** `pause leader, for 1s` */
export function actionText(action: Action): string {
  const verb = verbOf(action);
  const { [verb]: subject, ...options } = action;
  if (verb === 'wait' && typeof subject === 'object') {
    return [`wait until ${seenText(subject as Seen)}`, ...optionsText(options)].join(', ');
  }
  return [subject === true ? verb : `${verb} ${shownField(subject)}`, ...optionsText(options)].join(
    ', ',
  );
}

const optionsText = (options: Action): string[] =>
  Object.entries(options).map(([name, value]) =>
    value === true ? name : `${name} ${shownField(value)}`,
  );

export function conditionText(condition: Condition): string {
  if ('at' in condition) return `at ${condition.at}`;
  if ('after' in condition) {
    const { after, plus } = condition;
    return `after ${seenText(after)}${plus === undefined ? '' : ` plus ${plus}`}`;
  }
  const { every, from, until } = condition;
  return `every ${every}${from === undefined ? '' : ` from ${from}`}${until === undefined ? '' : ` until ${until}`}`;
}

/** Lists and nested values are JSON. */
function shownField(value: unknown, depth = 0): string {
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value) || depth > 1) return JSON.stringify(value);
  return Object.entries(value)
    .filter(([, field]) => JSON.stringify(field) !== '{}')
    .map(([name, field]) =>
      wordless.has(name) ? shownField(field, depth + 1) : `${name} ${shownField(field, depth + 1)}`,
    )
    .join(' ');
}

/** Fields of a rule that need no label. */
const wordless = new Set(['links', 'kind', 'profile', 'settings']);
