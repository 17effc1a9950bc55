/** Unsigned integers of 48 bits, little-endian. */

export function writeU48(buffer: Buffer, value: number, at: number): void {
  const high = Math.floor(value / 0x1_0000_0000);
  buffer.writeUInt32LE(value - high * 0x1_0000_0000, at);
  buffer.writeUInt16LE(high, at + 4);
}

export function readU48(buffer: Buffer, at: number): number {
  return buffer.readUInt32LE(at) + buffer.readUInt16LE(at + 4) * 0x1_0000_0000;
}
