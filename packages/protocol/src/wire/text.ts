/**
 * The text frame: one envelope as JSON, `{"src": …, "dest": …, "body": {"type": …}}`, for programs
 * in any language that has a WebSocket library. `src` may be left out: the link knows who sends.
 */
import { badFrame, brief } from './bad-frame.ts';
import { asBody } from './body.ts';
import { type Body, type Envelope, nameBytesMax } from './envelope.ts';

const aName = `a name of 1 to ${nameBytesMax} bytes`;

/** Throws BAD_FRAME. */
export function parseTextFrame(text: string): { src?: string; dest: string; body: Body } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw badFrame('text frame', 'JSON', (cause as Error).message);
  }
  if (typeof value !== 'object' || value === null) {
    throw badFrame('text frame', 'an object', brief(value));
  }
  const { src, dest, body } = value as Record<string, unknown>;
  if (!isName(dest)) throw badFrame('dest', aName, brief(dest));
  if (src !== undefined && !isName(src)) throw badFrame('src', aName, brief(src));
  return { ...(src === undefined ? {} : { src }), dest, body: asBody(body) };
}

export function formatTextFrame({ src, dest, body }: Envelope): string {
  return JSON.stringify({ src, dest, body });
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && Buffer.byteLength(value) <= nameBytesMax;
}
