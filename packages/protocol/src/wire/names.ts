/**
 * Names and message types repeat on every message. Decoding a string costs several times what
 * comparing its bytes does, so a reader keeps the strings it has seen, found again by their bytes.
 * The table has a fixed size: a stranger who sends endless new names only makes it forget.
 */

const slots = 1024;

interface Slot {
  readonly bytes: Uint8Array;
  readonly text: string;
}

export class NameCache {
  readonly #slots: (Slot | undefined)[] = new Array(slots);

  read(buffer: Buffer, start: number, end: number): string {
    let hash = 0x811c9dc5;
    for (let i = start; i < end; i++) hash = Math.imul(hash ^ buffer[i]!, 0x01000193);
    const index = (hash ^ (hash >>> 15)) & (slots - 1);
    const slot = this.#slots[index];
    if (slot !== undefined && sameBytes(slot.bytes, buffer, start, end)) return slot.text;
    const text = buffer.toString('utf8', start, end);
    this.#slots[index] = { bytes: Uint8Array.prototype.slice.call(buffer, start, end), text };
    return text;
  }
}

function sameBytes(bytes: Uint8Array, buffer: Buffer, start: number, end: number): boolean {
  if (bytes.length !== end - start) return false;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] !== buffer[start + i]) return false;
  return true;
}
