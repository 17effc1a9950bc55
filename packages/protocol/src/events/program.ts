/** Programs: what they report themselves, and which one a node runs. */
import { eventKind } from './definition.ts';
import { data, optional, text } from './facts.ts';

export const programEvents = {
  'program.event': eventKind({
    about: 'node',
    meaning: 'The program reports a custom event (`node.event`).',
    facts: {
      name: text('its name in the program, such as elected'),
      data: optional(data<Readonly<Record<string, unknown>>>('data that the program adds')),
    },
    says: ({ name, data: added }) =>
      `${name}${added === undefined ? '' : ` ${JSON.stringify(added)}`}`,
  }),
  'program.changed': eventKind({
    about: 'node',
    meaning: 'From its next start on, the node runs another program.',
    facts: { program: text('a ready program, a file or a command') },
    says: ({ program }) => `runs ${program} from now on`,
  }),
};
