/** What the page costs: the time until a recorded run is drawn, and frames while it is moved and zoomed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { closeBrowser, noBrowser, TestPage } from '../../test/helpers/browser.ts';
import { milliseconds, quantile, type Row, type Size } from './figures.ts';
import { writeRecording } from './made-recording.ts';

const sizes = {
  full: { messages: 1_000_000, frames: 240 },
  tiny: { messages: 5000, frames: 20 },
} as const;
const launcher = fileURLToPath(new URL('../cluster.mjs', import.meta.url));
/** Most of it is the time of a machine that is busy with other benches. */
const drawnWithinMs = 60_000;

export async function thePage(size: Size): Promise<Row[]> {
  if (noBrowser) {
    return [{ figure: 'the page', value: 'not measured', from: noBrowser, must: '-', aim: '-' }];
  }
  const { messages, frames } = sizes[size];
  const dir = mkdtempSync(join(tmpdir(), 'faultline-bench-'));
  writeRecording(dir, messages);
  const server = spawn(process.execPath, [launcher, 'open', dir, '--no-browser'], {
    env: { ...process.env, FAULTLINE_HOME: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [address] = await once(server.stdout, 'data');
    const url = String(address).trim();
    const bytes = await scriptBytes(url);
    await using opened = await TestPage.open('about:blank');
    const startMs = performance.now();
    await opened.page.goto(url);
    await untilDrawn(opened.page, messages);
    const drawnMs = performance.now() - startMs;
    const panMs = await frameTimes(opened.page, frames, 'pan');
    const zoomMs = await frameTimes(opened.page, frames, 'zoom');
    const all = [...panMs, ...zoomMs];
    return [
      {
        figure: `a recorded run of ${messages} messages: open to first full picture`,
        value: `${(drawnMs / 1000).toFixed(2)} s`,
        from: 'from the request of the document; the browser runs',
        must: '≤ 3 s',
        aim: '≤ 1.5 s',
      },
      {
        figure: 'pan and zoom on it, 95th percentile of frame time',
        value: milliseconds(quantile(all, 0.95)),
        from: `pan ${milliseconds(quantile(panMs, 0.95))}, zoom ${milliseconds(quantile(zoomMs, 0.95))}; longest ${milliseconds(Math.max(...all))}`,
        must: '≤ 33 ms',
        aim: '≤ 17 ms',
      },
      {
        figure: "the page's script and styles, gzipped",
        value: `${(bytes / 1000).toFixed(1)} kB`,
        from: 'one file',
        must: '≤ 200 kB',
        aim: '≤ 100 kB',
      },
    ];
  } finally {
    server.kill('SIGINT');
    await once(server, 'exit');
    await closeBrowser();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function scriptBytes(url: string): Promise<number> {
  const response = await fetch(new URL('/page/page.js', url));
  return gzipSync(await response.text()).length;
}

/** The page says how many messages its picture shows. */
async function untilDrawn(page: Page, messages: number): Promise<void> {
  const counted = messages.toLocaleString('en');
  const status = page.locator('.time [role=status]');
  const drawn = status.filter({ hasText: new RegExp(`^${counted} `) });
  await drawn.waitFor({ timeout: drawnWithinMs }).catch(async () => {
    throw new Error(`expected ${counted} messages, the page says: ${await status.textContent()}`);
  });
}

/** Times between frames while the wheel turns, in ms. */
const frameTimes = (page: Page, frames: number, how: 'pan' | 'zoom'): Promise<number[]> =>
  page.evaluate<number[]>(turning(frames, how));

/** Runs in the page: turns the wheel once a frame, one half of the frames there and the other half back. */
const turning = (frames: number, how: 'pan' | 'zoom'): string => `new Promise((resolve) => {
  const canvas = document.querySelector('.time canvas');
  const times = [];
  let before = performance.now();
  const next = (nowMs) => {
    times.push(nowMs - before);
    before = nowMs;
    if (times.length === ${frames}) {
      resolve(times.slice(1));
      return;
    }
    const direction = times.length < ${frames / 2} ? -1 : 1;
    const turn = { ${how === 'zoom' ? 'deltaY: 20' : 'deltaX: 8'} * direction };
    const at = { clientX: 700, clientY: 300, cancelable: true };
    canvas.dispatchEvent(new WheelEvent('wheel', { ...turn, ...at }));
    requestAnimationFrame(next);
  };
  requestAnimationFrame(next);
})`;
