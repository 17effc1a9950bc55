/** What an experiment records of itself: a plan that is played, or a test. */
import { eventKind } from './definition.ts';
import { count, either, fixed, flag, nullable, number, optional, text, texts } from './facts.ts';

const step = either([count('from 0, in the order of the plan'), fixed('before')], {
  description: 'which step of the plan, from 0; before: what the plan does before the load',
});
const turn = count('how often a step with `every` had come before');
const action = count('which action of the step, from 0');
const does = text('the action in words');

/** `step 2`, `before the load`. */
const nth = (index: number | 'before'): string =>
  index === 'before' ? 'before the load' : `step ${index + 1}`;

export const experimentEvents = {
  'test.begun': eventKind({
    about: 'cluster',
    meaning: 'A test has its cluster: all its nodes are ready.',
    says: () => 'the test begins',
  }),
  'plan.begun': eventKind({
    about: 'cluster',
    meaning: 'A plan begins: all nodes of its cluster are ready.',
    facts: { plan: text('name of the plan'), seed: text('its seed') },
    says: ({ plan }) => `the plan ${plan} begins`,
  }),
  'plan.healed': eventKind({
    about: 'cluster',
    meaning: 'After the load: every fault of the plan has been undone.',
    says: () => 'everything is healed, resumed and started',
  }),
  'plan.restless': eventKind({
    about: 'cluster',
    meaning: 'The nodes did not settle in time; the plan continues.',
    facts: { within: text('how long they had, such as 10s') },
    says: ({ within }) => `not settled after ${within}`,
  }),
  'plan.ended': eventKind({
    about: 'cluster',
    meaning: 'The plan is over: clients have made their final reads.',
    facts: {
      agreed: nullable(
        flag('whether all nodes gave the same answers; null: there were no final reads'),
      ),
      within: nullable(
        text('how long they had to agree, such as 10s; null: nothing was healed or read'),
      ),
    },
    says: ({ agreed, within }) => {
      if (within === null) return 'the plan is over, without healing and final reads';
      return agreed === false
        ? `final reads are done: the nodes did not agree within ${within}`
        : 'final reads are done';
    },
  }),
  'load.begun': eventKind({
    about: 'cluster',
    meaning: 'Clients start sending requests; times of a plan count from here.',
    facts: {
      workload: optional(text('what they do; if omitted, the plan has no load')),
      clients: optional(texts('who they are, such as c1')),
    },
    says: () => 'the load begins',
  }),
  'load.ended': eventKind({
    about: 'cluster',
    meaning: 'Clients send no more requests, except for final reads.',
    facts: {
      perSecond: optional(number('operations per second that all clients reached together')),
      rate: optional(number('operations per second that the load requested')),
      minRate: optional(number('operations per second that the load requires')),
    },
    says: ({ perSecond, rate }) => {
      if (perSecond === undefined) return 'the load has ended';
      const asked = rate === undefined ? '' : ` of the ${rate} asked for`;
      return `the load has ended: ${perSecond} operations a second${asked}`;
    },
  }),
  'load.read': eventKind({
    about: 'cluster',
    meaning: 'The final reads of the load are done.',
    says: () => 'the load has been read for the last time',
    isQuiet: true,
  }),
  'step.begun': eventKind({
    about: 'cluster',
    meaning: 'A step of the plan begins.',
    facts: {
      step,
      turn,
      name: optional(text('its name in the plan')),
      when: text('its condition in words'),
    },
    says: ({ step: index, name, when }) =>
      `${nth(index)}${name === undefined ? '' : ` (${name})`} begins: ${when}`,
    isQuiet: true,
  }),
  'step.did': eventKind({
    about: 'cluster',
    meaning: 'An action of the plan has been done.',
    facts: {
      step,
      turn,
      action,
      does,
      nodes: texts('the nodes that it acted on'),
      rules: texts('ids of the rules that it has added'),
      answer: optional(text('of a call: the answer, or why there was none')),
    },
    says: ({ does: words, nodes, answer }) => {
      const whom = nodes.length === 0 ? '' : `  → ${nodes.join(', ')}`;
      return `${words}${whom}${answer === undefined ? '' : `: ${answer}`}`;
    },
  }),
  'step.failed': eventKind({
    about: 'cluster',
    meaning: 'An action of the plan, or its undo, failed; the plan continues.',
    facts: {
      step,
      turn,
      action,
      does,
      isUndo: optional(flag('the action succeeded, but its undo failed')),
      code: optional(text('error code, such as NODE_NOT_RUNNING')),
      reason: text('the error'),
    },
    says: ({ does: words, reason }) => `could not ${words}: ${reason}`,
  }),
  'step.undone': eventKind({
    about: 'cluster',
    meaning: 'An action of the plan has been undone: its time was over, or the plan says so.',
    facts: { step, turn, action, does },
    says: ({ does: words }) => `taken back: ${words}`,
  }),
  'step.ended': eventKind({
    about: 'cluster',
    meaning: 'All actions of a step are done, or have failed.',
    facts: { step, turn, tookMs: number('how long they took') },
    says: ({ step: index, tookMs }) => `${nth(index)} took ${tookMs} ms`,
    isQuiet: true,
  }),
};
