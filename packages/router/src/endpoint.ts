/** A member of the cluster as the router sees it: who it is, what it has sent, and its inbox. */
import type { Member } from '@faultline/protocol';
import type { WebSocket } from 'ws';
import type { Edge } from './edge.ts';
import { Inbox } from './inbox.ts';

export class Endpoint {
  readonly name: string;
  readonly kind: Member['kind'];
  /** The incarnation that may join. */
  incarnation: number;
  /** The incarnation that has joined; 0 before the first. */
  joinedIncarnation = 0;
  /** False once the member has left the cluster. */
  isMember = true;
  /** Sequence number of the last message that it sent. These numbers only rise. */
  lastSeq = 0;
  /** The links from here, by destination. */
  readonly edges = new Map<string, Edge>();
  readonly inbox = new Inbox();

  constructor({ name, kind, incarnation }: Member) {
    this.name = name;
    this.kind = kind;
    this.incarnation = incarnation;
  }

  /** A process joins as this endpoint. `onRoom`: called each time that its socket has written. */
  join(
    socket: WebSocket,
    incarnation: number,
    lastSeq: number,
    isText: boolean,
    onRoom: () => void,
  ): void {
    this.joinedIncarnation = incarnation;
    this.lastSeq = lastSeq;
    this.inbox.attach(socket, isText, onRoom);
  }
}
