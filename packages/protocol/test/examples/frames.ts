import { FrameReader, FrameWriter, messageId } from '../../src/index.ts';

export function frames(): string[] {
  // All messages sent in one turn of the event loop go into one frame.
  const writer = new FrameWriter();
  writer.append('n1', 'n2', { type: 'write', msg_id: 1, key: 'x', value: 3 }, 1, 41);
  writer.append('n1', 'n3', { type: 'read', msg_id: 2, key: 'x' }, 1, 42);
  const frame = writer.take();

  const lines = [`${frame.length} bytes`];
  const reader = new FrameReader();
  reader.open(frame);
  while (reader.next()) {
    // No body has been parsed so far: a router needs no more than this.
    const { src, dest, type, incarnation, seq } = reader;
    lines.push(`${messageId(src, incarnation, seq)} ${src}>${dest} ${type}`);
    if (dest === 'n3') lines.push(JSON.stringify(reader.body()));
  }
  return lines;
}
