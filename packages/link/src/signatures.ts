/**
 * Signed messages: what a cluster that was started with `--sign` has against a link that lies.
 *
 * A message is signed with HMAC-SHA-256 (RFC 2104) over its source, destination, incarnation, number
 * and body. The key belongs to an ordered pair and is made from the cluster's secret:
 *
 *   root of n2        HMAC(secret, "n2")         known to n2 and the supervisor
 *   key n1 to n2      HMAC(root of n2, "n1")     known to n1, n2 and the supervisor
 *
 * So n2 can check what anybody sends it with the one root that it has, and n1, which knows the keys
 * from n1 only, cannot sign as n3. What n2 could forge are messages to itself. All clients live in the
 * supervisor and share the root of `clients`. The router holds the secret too, but the rules that act
 * in it are the network, and that is what the signatures are against.
 *
 * Not signed are the stamps, and the head where it repeats the body. A message that is delivered twice
 * is signed correctly twice.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { FrameReader, Sign } from '@faultline/protocol';

type Key = Buffer;

/** What a node is given. Keys as base64url. */
export interface SigningKeys {
  readonly root: string;
  /** By destination; clients are `clients`. */
  readonly to: Readonly<Record<string, string>>;
}

const clientsRoot = 'clients';

function hmac(key: Key | string, text: string): Key {
  return createHmac('sha256', key).update(text).digest();
}

const rootOf = (secret: string, name: string): Key => hmac(secret, `faultline signatures ${name}`);

/** The keys of a node among these. */
export function signingKeys(secret: string, name: string, nodes: readonly string[]): SigningKeys {
  const keyTo = (dest: string): string => hmac(rootOf(secret, dest), name).toString('base64url');
  const to = Object.fromEntries([...nodes, clientsRoot].map((dest) => [dest, keyTo(dest)]));
  return { root: rootOf(secret, name).toString('base64url'), to };
}

export class Signatures {
  readonly #keyTo: (dest: string) => Key | undefined;
  readonly #root: Key;
  /** Keys from others; made when first needed. */
  readonly #from = new Map<string, Key>();

  private constructor(keyTo: (dest: string) => Key | undefined, root: Key) {
    this.#keyTo = keyTo;
    this.#root = root;
  }

  /** `keys` is asked for each message: they grow with the cluster. */
  static ofNode(keys: () => SigningKeys): Signatures {
    const decoded = new Map<string, Key>();
    const keyTo = (dest: string): Key | undefined => {
      const { to } = keys();
      const text = to[dest] ?? to[clientsRoot];
      if (text === undefined) return undefined;
      let key = decoded.get(text);
      if (key === undefined) {
        key = Buffer.from(text, 'base64url');
        decoded.set(text, key);
      }
      return key;
    };
    return new Signatures(keyTo, Buffer.from(keys().root, 'base64url'));
  }

  /** Of a client, or of the router: any process that knows the secret. */
  static ofInsider(secret: string, name: string, isClient: (dest: string) => boolean): Signatures {
    const made = new Map<string, Key>();
    const keyTo = (dest: string): Key => {
      const root = isClient(dest) ? clientsRoot : dest;
      let key = made.get(root);
      if (key === undefined) {
        key = hmac(rootOf(secret, root), name);
        made.set(root, key);
      }
      return key;
    };
    return new Signatures(keyTo, rootOf(secret, clientsRoot));
  }

  readonly sign: Sign = (src, dest, incarnation, seq, body) => {
    const key = this.#keyTo(dest);
    if (key === undefined) throw new Error(`no key for messages to ${dest}`);
    return digest(key, src, dest, incarnation, seq, body);
  };

  /** Whether the reader's current message comes unaltered from its claimed source. */
  verifies(reader: FrameReader): boolean {
    const { src, dest, incarnation, seq, buffer, signatureAt, bodyAt, end } = reader;
    if (signatureAt < 0) return false;
    let key = this.#from.get(src);
    if (key === undefined) {
      key = hmac(this.#root, src);
      // Names that are made up must not fill the memory.
      if (this.#from.size < 10_000) this.#from.set(src, key);
    }
    const body = buffer.subarray(bodyAt, end);
    const wanted = digest(key, src, dest, incarnation, seq, body);
    return timingSafeEqual(buffer.subarray(signatureAt, bodyAt), wanted);
  }
}

function digest(
  key: Key,
  src: string,
  dest: string,
  incarnation: number,
  seq: number,
  body: Buffer,
): Buffer {
  // JSON marks where each part ends, whatever is in it.
  const head = JSON.stringify([src, dest, incarnation, seq]);
  return createHmac('sha256', key).update(head).update(body).digest();
}
