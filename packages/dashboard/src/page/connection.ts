/** The page's end of the worker, and the token, which is in the fragment and in memory only. */
import { streamPath } from '../contract/messages.ts';
import type { FromWorker, ToWorker } from '../contract/worker.ts';
import type { View } from '../model/view.ts';
import { refreshStatus } from './api.ts';
import { connection, events, isLive, progress, run, selected, viewName, words } from './state.ts';

let worker: Worker | undefined;
let onView: ((view: View) => void) | undefined;

export function connect(token: string): void {
  worker = new Worker(new URL('/page/page.js', location.href), { type: 'module' });
  worker.onmessage = ({ data }: { data: FromWorker }) => receive(data);
  const url = new URL(streamPath, location.href);
  url.protocol = url.protocol.replace('http', 'ws');
  url.searchParams.set('token', token);
  ask({ do: 'connect', url: url.href });
}

export function ask(message: ToWorker): void {
  worker?.postMessage(message);
}

/** Who gets the views that were asked for. */
export function takeViews(take: (view: View) => void): void {
  onView = take;
}

function receive(message: FromWorker): void {
  switch (message.is) {
    case 'run':
      run.value = message.run;
      isLive.value = message.isLive;
      // Of a run that is over, there is no state to show.
      if (!message.isLive && viewName.value === 'Cluster') viewName.value = 'Time';
      events.value = [];
      words.value = [];
      break;
    case 'connection':
      connection.value = message.connection;
      if (message.connection === 'ended') isLive.value = false;
      break;
    case 'words':
      words.value = [...words.value, ...message.words];
      break;
    case 'events':
      events.value = [...events.value, ...message.events];
      void refreshStatus();
      break;
    case 'progress':
      progress.value = message.progress;
      break;
    case 'view':
      onView?.(message.view);
      break;
    case 'copy':
      selected.value = message.copy;
      break;
  }
}
