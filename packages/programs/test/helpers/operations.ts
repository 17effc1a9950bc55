/** The answers of a simulation to its clients, as a history that checkers read. */
import type { Operation } from '@faultline/history';
import type { Json } from '@faultline/node';
import type { Outcome } from './simulation.ts';

/** Of a register: `read`, `write`, `cas`, with `key`. */
export const registerOperations = (outcomes: readonly Outcome[]): Operation[] =>
  outcomes.map(({ client, node, body, invokedMs, endedMs, reply, error }, index) => {
    const isDefinite = reply !== undefined || error?.isDefinite === true;
    const { type: f, value = null, from = null, to = null } = body;
    return {
      ...{ index, process: client, f, key: String(body.key), node, invokedMs },
      input: f === 'cas' ? [from, to] : value,
      type: reply !== undefined ? 'ok' : isDefinite ? 'fail' : 'info',
      endedMs: isDefinite ? endedMs : null,
      ...(reply === undefined ? {} : { output: (f === 'read' ? reply.value : null) as Json }),
      ...(error === undefined ? {} : { error: { code: error.rpcCode, text: error.message } }),
    };
  });
