/**
 * Who may join the router, and under which name. The supervisor and the router share a secret; a process gets a
 * key made from it for its own name and incarnation, so that no other process on the machine can
 * join, and none can join under another name.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

export function linkKey(secret: string, name: string, incarnation: number): string {
  return createHmac('sha256', secret).update(`${name}\n${incarnation}`).digest('base64url');
}

export function isLinkKey(key: string, secret: string, name: string, incarnation: number): boolean {
  return sameSecret(key, linkKey(secret, name, incarnation));
}

/** Compares in constant time. */
export function sameSecret(given: string, wanted: string): boolean {
  const a = createHmac('sha256', 'compare').update(given).digest();
  const b = createHmac('sha256', 'compare').update(wanted).digest();
  return timingSafeEqual(a, b);
}

/** The whole address a process needs to join: `ws://127.0.0.1:PORT/link?name=…&incarnation=…&key=…`. */
export function linkUrl(port: number, secret: string, name: string, incarnation: number): string {
  const query = new URLSearchParams({
    name,
    incarnation: String(incarnation),
    key: linkKey(secret, name, incarnation),
  });
  return `ws://127.0.0.1:${port}/link?${query}`;
}
