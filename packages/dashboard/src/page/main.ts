/** The one script of the page: the page itself, and in a worker the worker. */
import { startWorker, type WorkerPort } from '../worker/worker.ts';
import { startPage } from './start.tsx';

if ('document' in globalThis) startPage();
else startWorker(globalThis as unknown as WorkerPort);
