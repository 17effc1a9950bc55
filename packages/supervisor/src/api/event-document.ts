/** The event stream in the API document. It is not in the table of routes because it is endless and has two forms. */
const text = (description: string) => ({ description });

export const eventsOperation = {
  operationId: 'events',
  summary: 'Follow the events of the run, from the first event or after event `since`',
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
      description: 'only events after the event of this number',
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
        'replaces `since`; an EventSource sends it when it reconnects, so that it misses nothing',
    },
  ],
  responses: {
    101: text('a WebSocket: one event per text frame'),
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
  description: 'only for the event stream, where browsers cannot set headers',
};
