/** The body of a message: what it must have, and how it becomes JSON. */
import { FaultlineError } from '../errors.ts';
import { badFrame, brief } from './bad-frame.ts';
import { type Body, bodyBytesMax } from './envelope.ts';

const idFields = ['msg_id', 'in_reply_to'] as const;

/** Throws BAD_FRAME. Adopts the value: an id of null, as many libraries write it, counts as absent. */
export function asBody(value: unknown): Body {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw badFrame('body', 'a JSON object', brief(value));
  }
  const body = value as Record<string, unknown>;
  if (typeof body.type !== 'string' || body.type === '')
    throw badFrame('body.type', 'a non-empty string', brief(body.type));
  for (const field of idFields) {
    const id = body[field];
    if (id === null) delete body[field];
    else if (!isMessageNumber(id)) throw badFrame(`body.${field}`, 'an integer', brief(id));
  }
  return body as Body;
}

/** The body as JSON. Throws BAD_REQUEST, BODY_TOO_LARGE. */
export function toJson(dest: string, body: Body): string {
  const type: unknown = body?.type;
  if (typeof type !== 'string' || type === '') {
    throw badBody(dest, `needs a type, a non-empty string; this one has ${brief(type)}`);
  }
  for (const field of idFields) {
    const id: unknown = body[field];
    if (id !== null && !isMessageNumber(id)) {
      throw badBody(dest, `has an integer as ${field}; this one of type ${type} has ${brief(id)}`);
    }
  }
  let json: string;
  try {
    json = JSON.stringify(body);
  } catch (cause) {
    throw badBody(dest, `is JSON; this one of type ${type} is not: ${String(cause)}`, cause);
  }
  if (json.length > bodyBytesMax) throw bodyTooLarge(dest, type, Buffer.byteLength(json));
  return json;
}

function isMessageNumber(id: unknown): boolean {
  return id === undefined || Number.isSafeInteger(id);
}

function badBody(dest: string, what: string, cause?: unknown): FaultlineError {
  return new FaultlineError('BAD_REQUEST', `a message body ${what}`, { dest }, { cause });
}

export function bodyTooLarge(dest: string, type: string, bytes: number): FaultlineError {
  return new FaultlineError(
    'BODY_TOO_LARGE',
    `the body of a ${brief(type)} message has ${bytes} bytes; the limit is ${bodyBytesMax}: send it in parts`,
    { type, dest, bytes, bytesMax: bodyBytesMax },
  );
}
