/** The event stream in the API document: it is no route of the table, because it has no end and two forms. */
const text = (description: string) => ({ description });

export const eventsOperation = {
  operationId: 'events',
  summary: 'Follow the events of the run, from the first one on or from the one after `since`',
  description: [
    'Two forms at one path. A WebSocket gets each event as a JSON text frame.',
    'Any other request gets server-sent events, each with its number as `id` and its JSON as `data`:',
    "`curl -N -H 'Authorization: Bearer TOKEN' URL/v1/events`, or `new EventSource('/v1/events?token=TOKEN')`.",
    'Memory holds the latest thousands of events; older ones are in `events.jsonl` of the run.',
    'The stream ends when the cluster is down. A reader that falls too far behind is disconnected.',
  ].join(' '),
  parameters: [
    {
      name: 'since',
      in: 'query',
      schema: { type: 'integer', minimum: 0, default: 0 },
      description: 'only events after the one of this number',
    },
    {
      name: 'follow',
      in: 'query',
      schema: { type: 'string', enum: ['no'] },
      description: 'no: end with the latest event instead of waiting for the next',
    },
    {
      name: 'Last-Event-ID',
      in: 'header',
      schema: { type: 'integer', minimum: 0 },
      description:
        'takes the place of `since`; an EventSource sends it when it connects again, so that it misses nothing',
    },
  ],
  responses: {
    101: text('a WebSocket: one event a text frame'),
    200: {
      description: 'server-sent events; the data of each is an event',
      content: {
        'text/event-stream': { schema: { $ref: '#/components/schemas/ClusterEvent' } },
      },
    },
  },
  security: [{ token: [] }, { queryToken: [] }],
};

export const queryToken = {
  type: 'apiKey',
  in: 'query',
  name: 'token',
  description: 'for the event stream alone: browsers cannot set its headers',
};
