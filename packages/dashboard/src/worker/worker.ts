/** The worker: reads the stream into the recording and answers the page. Reconnects automatically. */
import type { FromServer } from '../contract/messages.ts';
import type { FromWorker, ToWorker } from '../contract/worker.ts';
import { Recording } from './recording.ts';

const progressMs = 100;
const retryMs = 1000;

/** The part of a worker's global that is used here. */
export interface WorkerPort {
  postMessage(message: FromWorker, transfer?: readonly ArrayBuffer[]): void;
  onmessage: ((event: { readonly data: ToWorker }) => void) | null;
}

export function startWorker(port: WorkerPort): void {
  let recording = new Recording();
  let hasNews = false;

  const connect = (url: string): void => {
    const socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    let readBytes = 0;
    let isOver = false;
    port.postMessage({ is: 'connection', connection: 'connecting' });
    socket.onmessage = ({ data }) => {
      hasNews = true;
      if (data instanceof ArrayBuffer) {
        recording.receiveChunk(data);
        readBytes += data.byteLength;
        socket.send(String(readBytes));
        return;
      }
      const message = JSON.parse(data as string) as FromServer;
      if (message.is === 'run') {
        // Everything is sent again on a new connection.
        recording = new Recording();
        port.postMessage({ is: 'connection', connection: 'live' });
      }
      isOver ||= message.is === 'over';
      const answer = recording.receive(message);
      if (answer !== undefined) port.postMessage(answer);
    };
    socket.onclose = () => {
      port.postMessage({ is: 'connection', connection: isOver ? 'ended' : 'lost' });
      if (!isOver) setTimeout(() => connect(url), retryMs);
    };
  };

  port.onmessage = ({ data }) => {
    if (data.do === 'connect') connect(data.url);
    else if (data.do === 'copy') port.postMessage({ is: 'copy', copy: recording.copy(data.row) });
    else {
      const view = recording.view(data);
      const { sent, end, src, dest, type, status, row, count } = view;
      const arrays = [sent, end, src, dest, type, status, row, count];
      port.postMessage(
        { is: 'view', view },
        arrays.map(({ buffer }) => buffer as ArrayBuffer),
      );
    }
  };

  setInterval(() => {
    if (!hasNews) return;
    hasNews = false;
    port.postMessage({ is: 'progress', progress: recording.progress() });
  }, progressMs);
}
