/** Answers with what it was sent: the first program of every course. */
import type { Node } from '@faultline/node';

export default function echo(node: Node): void {
  node.on('echo', ({ msg_id, ...body }) => ({ ...body, type: 'echo_ok' }));
}
