/**
 * The router's sockets: admits members, passes their messages to the switchboard, and reports when
 * they come and go.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import {
  asFaultlineError,
  FaultlineError,
  FrameWriter,
  frameBytesMax,
  type LinkClosed,
  maelstromErrors,
  parseTextFrame,
  type RouterEvent,
  toErrorBody,
} from '@faultline/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { type Applicant, admit } from './admission.ts';
import type { Endpoint } from './endpoint.ts';
import { Inlet, Rounds, type RouteFrame } from './inlet.ts';
import type { Switchboard } from './switchboard.ts';

/** A member's connection has ended. */
export type OnDown = (endpoint: Endpoint, closed: LinkClosed) => void;

export interface LinkServerOptions {
  readonly port: number;
  readonly secret: string;
  /** Whether members sign what they send; then text members are not let in. */
  readonly sign?: boolean;
  readonly switchboard: Switchboard;
  readonly onUp: (endpoint: Endpoint) => void;
  readonly onDown: OnDown;
  readonly onEvent: (report: RouterEvent) => void;
}

export interface LinkServer {
  readonly port: number;
  close(): void;
}

/** What the member's WebSocket library reports of a connection that the router ends. */
interface Close {
  readonly code: number;
  readonly text: string;
}

const closeOutdated: Close = { code: 4001, text: 'no longer a member' };
const closeReplaced: Close = { code: 4002, text: 'joined again' };
/** A close frame has room for 123 bytes. */
const malformed = (reason: string): Close => ({
  code: 1002,
  text: reason.replaceAll(/[^ -~]/g, '?').slice(0, 123),
});

/** Rejects with PORT_IN_USE. */
export function listen(options: LinkServerOptions): Promise<LinkServer> {
  const http = createServer((_, response) => {
    response.writeHead(426, { 'content-type': 'text/plain' }).end('expected a WebSocket upgrade\n');
  });
  const sockets = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    maxPayload: frameBytesMax,
    skipUTF8Validation: false,
  });
  const rounds = new Rounds();
  let port = 0;

  http.on('upgrade', (request, socket, head) => {
    socket.on('error', () => socket.destroy());
    try {
      const applicant = admit(request, {
        port,
        secret: options.secret,
        sign: options.sign ?? false,
      });
      const endpoint = options.switchboard.member(applicant.name);
      if (endpoint?.incarnation !== applicant.incarnation) {
        throw new FaultlineError(
          'UNAUTHORIZED',
          `${applicant.name} is no longer a member, or runs as a newer incarnation`,
          { name: applicant.name, incarnation: applicant.incarnation },
        );
      }
      sockets.handleUpgrade(request, socket, head, (ws) =>
        join(ws, endpoint, applicant, rounds, options),
      );
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      const facts = { code: error.code, reason: error.message };
      options.onEvent({ kind: 'link.refused', node: null, facts });
      refuse(socket, error);
    }
  });

  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      reject(
        error.code === 'EADDRINUSE'
          ? new FaultlineError('PORT_IN_USE', `port ${options.port}, the router's, is in use`, {
              port: options.port,
            })
          : error,
      );
    });
    http.listen(options.port, '127.0.0.1', () => {
      port = (http.address() as AddressInfo).port;
      resolve({
        port,
        close() {
          for (const socket of sockets.clients) socket.terminate();
          sockets.close();
          http.close();
        },
      });
    });
  });
}

/** Many libraries show the status line and nothing else. */
const inStatusLine = (text: string): string => text.replaceAll(/[^ -~]/g, '?').slice(0, 300);

function refuse(socket: Duplex, error: FaultlineError): void {
  const body = JSON.stringify(toErrorBody(error));
  socket.end(
    `HTTP/1.1 ${error.status} ${inStatusLine(`${error.code}: ${error.message}`)}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function join(
  socket: WebSocket,
  endpoint: Endpoint,
  applicant: Applicant,
  rounds: Rounds,
  options: LinkServerOptions,
): void {
  const { switchboard, onUp, onDown, onEvent } = options;
  if (endpoint.inbox.socket !== undefined) {
    leave(endpoint, closeReplaced, 'it joined again over another connection', options);
  }
  // A text program does not know its numbers: the router continues its count.
  const isBack = applicant.isText && endpoint.joinedIncarnation === applicant.incarnation;
  const lastSeq = isBack ? Math.max(endpoint.lastSeq, applicant.seq) : applicant.seq;
  const text = new TextInlet(endpoint, { ...applicant, seq: lastSeq });
  const onRoom = (): void => switchboard.onRoom(endpoint);
  endpoint.join(socket, applicant.incarnation, lastSeq, applicant.isText, onRoom);

  const route: RouteFrame = (data, isBinary, at, bytesMax) => {
    const isCurrent = endpoint.inbox.socket === socket;
    try {
      if (isBinary) return switchboard.route(endpoint, data, isCurrent, at, bytesMax);
      switchboard.route(endpoint, text.frame(data), isCurrent);
    } catch (thrown) {
      const error = asFaultlineError(thrown);
      if (error.code === 'INTERNAL') throw thrown;
      const facts = { code: error.code, reason: error.message };
      onEvent({ kind: 'frame.refused', node: endpoint.name, facts });
      // A user who types a wrong text frame gets an error and may continue; a binary stream that is out of
      // step cannot be trusted any more.
      if (!isCurrent) return data.length;
      if (isBinary) leave(endpoint, malformed(facts.reason), `it sent a ${facts.reason}`, options);
      // Complaints count as what waits for the member: who does not read them gets no more.
      else if (endpoint.inbox.hasRoom) socket.send(complaint(endpoint.name, error), onRoom);
    }
    return data.length;
  };
  const inlet = new Inlet(rounds, socket, route);
  socket.on('message', (data: Buffer, isBinary: boolean) => inlet.take(data, isBinary));
  let error: NodeJS.ErrnoException | undefined;
  socket.on('error', (thrown) => {
    error = thrown;
  });
  socket.on('close', (code, said) => {
    inlet.end();
    if (endpoint.inbox.socket !== socket) return;
    switchboard.linkDown(endpoint);
    onDown(endpoint, howClosed(error, code, said.toString()));
  });
  switchboard.linkUp(endpoint, lastSeq);
  onUp(endpoint);
}

/** Ends a member's connection from this side; `reason` has the member as its subject. */
function leave(
  endpoint: Endpoint,
  { code, text }: Close,
  reason: string,
  options: Pick<LinkServerOptions, 'switchboard' | 'onDown'>,
): void {
  const { socket } = endpoint.inbox;
  if (socket === undefined) return;
  options.switchboard.linkDown(endpoint);
  options.onDown(endpoint, { reason, isByMember: false });
  socket.close(code, text);
}

const noCode = 1005;
const noCloseFrame = 1006;

/** How a connection ended that the router did not close in order. */
function howClosed(
  error: NodeJS.ErrnoException | undefined,
  code: number,
  said: string,
): LinkClosed {
  if (error !== undefined) return { reason: whatItSent(error), isByMember: false };
  if (code === noCloseFrame) {
    return { reason: 'it ended its connection without a close frame', isByMember: true };
  }
  const words = [code === noCode ? '' : `code ${code}`, said].filter((word) => word !== '');
  const details = words.length === 0 ? '' : ` (${words.join(', ')})`;
  return { reason: `it closed its connection${details}`, isByMember: true };
}

/** For an error that the WebSocket library found in what came; it closes the connection. */
function whatItSent({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH':
    case 'WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH':
      return `it sent a frame of more than ${frameBytesMax} bytes`;
    case 'WS_ERR_INVALID_UTF8':
      return 'it sent a text frame that is not UTF-8';
    default:
      return `it sent bytes that are not a WebSocket frame: ${message}`;
  }
}

export function expel(
  endpoint: Endpoint,
  options: Pick<LinkServerOptions, 'switchboard' | 'onDown'>,
): void {
  leave(endpoint, closeOutdated, 'it is no longer a member', options);
}

/** Turns the text frames of one member into binary ones; the router numbers its messages. */
class TextInlet {
  readonly #endpoint: Endpoint;
  readonly #incarnation: number;
  #seq: number;
  readonly #writer = new FrameWriter();

  constructor(endpoint: Endpoint, applicant: Applicant) {
    this.#endpoint = endpoint;
    this.#incarnation = applicant.incarnation;
    this.#seq = applicant.seq;
  }

  /** 0 for a connection whose member has joined again as another start. */
  get #lastRouted(): number {
    const { joinedIncarnation, lastSeq } = this.#endpoint;
    return joinedIncarnation === this.#incarnation ? lastSeq : 0;
  }

  frame(data: Buffer): Buffer {
    const { src, dest, body } = parseTextFrame(data.toString('utf8'));
    // The same connection may send binary frames in between, with their own numbers.
    const seq = Math.max(this.#seq, this.#lastRouted) + 1;
    this.#writer.append(src ?? this.#endpoint.name, dest, body, this.#incarnation, seq);
    this.#seq = seq;
    return this.#writer.take();
  }
}

function complaint(dest: string, error: FaultlineError): string {
  const body = { type: 'error', code: maelstromErrors.malformedRequest, text: error.message };
  return JSON.stringify({ src: 'router', dest, body });
}
