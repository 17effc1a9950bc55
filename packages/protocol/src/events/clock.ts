/** Clocks of nodes. */
import type { Facts } from '../errors.ts';
import { eventKind } from './definition.ts';
import { data, flag, number, object, optional, text } from './facts.ts';

const measured = object(
  {
    offsetMs: number('what is to be added to the clock'),
    delayMs: number('how long question and answer took'),
    boundMs: number('the error of the offset is at most this'),
    exchange: object({
      t1Ms: number("when the node asked, by the node's clock"),
      t2Ms: number("when the server received the request, by the server's clock"),
      t3Ms: number("when the server answered, by the server's clock"),
      t4Ms: number("when the answer came, by the node's clock"),
    }),
  },
  { description: 'where it was synchronized: what the node measured, as NTP does' },
);

export const clockEvents = {
  'clock.changed': eventKind({
    about: 'node',
    meaning:
      "A node's clock runs differently from now on: on request, by its weather, or because it was synchronized.",
    facts: {
      change: optional(data<Facts>('the request; empty if its weather changed it')),
      measured: optional(measured),
      describes: text('the clock in words, such as +1h or perfect'),
      isPerfect: flag('it shows true time'),
      weather: optional(text('its weather, such as ntp 5ms; if omitted, it has none')),
      state: data<object>('the state of the clock, from which every reading follows'),
    },
    says: ({ describes, measured: found }) =>
      `clock: ${describes}${found === undefined ? '' : ` (time server: off by ${ms(found.offsetMs)}, delay ${ms(found.delayMs)})`}`,
  }),
  'clock.unsynced': eventKind({
    about: 'node',
    meaning: 'A node that synchronizes its clock has failed to, and keeps the clock that it has.',
    facts: { reason: text('why') },
    says: ({ reason }) => reason,
  }),
  'clock.late': eventKind({
    about: 'node',
    meaning: 'The node was busy when its clock changed, and read the old one for a while.',
    facts: { lateMs: number('for how long') },
    says: ({ lateMs }) => `was busy, and kept its old clock for ${lateMs} ms`,
  }),
};

const ms = (value: number): string => `${value.toFixed(3)} ms`;
