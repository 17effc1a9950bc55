/**
 * What a page needs from the server that offers it. The caller of `supervise` provides the page itself:
 * the supervisor does not depend on it.
 */
interface PageAnswer {
  /** The media type. */
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface PageSocket {
  send(frame: string | Uint8Array): void;
  close(code: number, reason: string): void;
  onMessage(listener: (text: string) => void): void;
  onClose(listener: () => void): void;
}

export interface PageHost {
  /** The run that the page shows. */
  readonly runDir: string;
  /** Answers GET requests. `/` and paths below `/page/` need no token. */
  get(
    path: string,
    answer: (query: Readonly<Record<string, unknown>>) => Promise<PageAnswer>,
  ): void;
  /** Accepts WebSockets that bring the token. */
  connect(path: string, accept: (socket: PageSocket) => void): void;
}

/** Adds the routes of a page. */
export type ServePage = (host: PageHost) => void;
