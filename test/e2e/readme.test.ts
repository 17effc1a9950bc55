/**
 * Runs the README's transcripts and programs as written. A block of ```console is a session: each
 * `$ pnpm cluster …` runs, and its output must match the README, apart from numbers that differ from run to
 * run.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { publicText } from '../../scripts/pack/words.ts';
import { Home, outcome, root, spawnCluster, TestCluster, until } from '../helpers/cluster.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const readme = readFileSync(join(root, 'README.md'), 'utf8');

interface Step {
  readonly args: readonly string[];
  readonly shown: string;
}

function sessions(text: string): Step[][] {
  return [...text.matchAll(/```console\n([\s\S]*?)```/g)].map(([, block]) =>
    block!
      .split(/^\$ pnpm cluster /m)
      .slice(1)
      .map((step) => {
        const [command, ...lines] = step.split('\n');
        return { args: words(command!), shown: lines.join('\n').trim() };
      }),
  );
}

/** Splits like a shell, as far as the README needs: spaces and single quotes. */
function words(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain!);
}

/** Removes the parts that differ from run to run, and with them the widths of columns. */
function same(text: string): string {
  return text
    .replaceAll(/\d+(\.\d+)?(m|µ)?s\b/g, 'TIME')
    .replaceAll(/\d\d:\d\d:\d\d\.\d{3}/g, 'CLOCK')
    .replaceAll(/n3\.1\.\d+/g, 'MESSAGE')
    .replaceAll(/"time":"\d+"/g, '"time":"…"')
    .replaceAll(/(process|port) \d+/g, '$1 N')
    .replaceAll(/127\.0\.0\.1:\d+/g, '127.0.0.1:PORT')
    .replaceAll(/seed \w+/g, 'seed …')
    .replaceAll(/^(n\d +\w+ +)\d+/gm, '$1PID')
    .replaceAll(/^(\+TIME +)n1\.1\.\d+/gm, '$1MESSAGE')
    .replaceAll(/ \d+MB +TIME +(\d+|-)/g, ' USAGE')
    .replaceAll(/(recording ).*/g, '$1…')
    .replaceAll(/ +/g, ' ')
    .trim();
}

async function run(home: string, { args }: Step): Promise<string> {
  const { stdout, stderr } = await outcome(spawnCluster(home, args));
  return same(stdout + stderr);
}

/** Waits for the "moment later" of the README, or for a write to reach the other nodes. */
async function settle(cluster: TestCluster, { args }: Step): Promise<void> {
  if (args[0] !== 'call' && args[0] !== 'heal') return;
  const key = args.find((word) => word.startsWith('key='))?.slice(4) ?? 'x';
  const values = async (nodes: readonly string[]): Promise<unknown[]> =>
    Promise.all(
      nodes.map((id) =>
        cluster.client.call(id, { type: 'read', key }).then(
          ({ body }) => body.value,
          () => null,
        ),
      ),
    );
  const { nodes, rules } = await cluster.client.status();
  const ready = nodes.filter(({ state }) => state === 'ready').map(({ id }) => id);
  if (rules.length > 0) return;
  await until(async () => new Set((await values(ready)).map(String)).size === 1, 'the nodes agree');
}

test('the session of the README runs exactly as shown', async () => {
  const [up, ...rest] = sessions(readme);
  // The last session uses the program in the README.
  const steps = rest.slice(0, -1).flat();
  const cluster = await TestCluster.up();
  try {
    const { shown } = up![0]!;
    // The address of the page has the token: `up` prints it, and `status` does not.
    const printed = `${(await cluster.run('status')).stdout}page       ${cluster.page}\n`;
    const withoutToken = (text: string): string => text.replace(/#token=[\w-]{32}/, '#token=TOKEN');
    expect(same(withoutToken(printed))).toBe(same(withoutToken(shown)));
    // Message numbers count requests, so the test sends its own requests as another client.
    const calls = cluster.client.call.bind(cluster.client);
    cluster.client.call = (node, body, options) => calls(node, body, { ...options, client: 'c2' });
    for (const step of steps) {
      expect(await run(cluster.home, step), step.args.join(' ')).toBe(same(step.shown));
      if (step.args[0] !== 'down') await settle(cluster, step);
    }
    expect((await cluster.ended).code).toBe(0);
  } finally {
    await cluster.down();
    rmSync(cluster.home, { recursive: true, force: true });
  }
  // One command for each line.
}, 120_000);

test('the program of the README counts, and is shorter than 30 lines', async () => {
  const source = /```ts\n(\/\/ counter\.ts[\s\S]*?)```/.exec(readme)![1]!;
  expect(source.trim().split('\n').length).toBeLessThan(30);
  const dir = join(root, 'node_modules/.cache/faultline-readme');
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'counter.ts'), source);
  await using cluster = await TestCluster.up([
    '--nodes',
    '3',
    '--program',
    join(dir, 'counter.ts'),
  ]);
  const step = sessions(readme).at(-1)![0]!;
  expect(await run(cluster.home, step)).toBe(same(step.shown));
  // The lost reply from the README.
  await cluster.run('link', 'n2>n1', '--loss', '100%', '--replies', '--first', '1');
  const { body } = await cluster.client.call('n1', { type: 'add', delta: 1 }, { timeout: '5s' });
  expect(body).toMatchObject({ value: 6, copies: 2, safe: true });
  const totals = await Promise.all(
    ['n1', 'n2', 'n3'].map(
      async (id) => (await cluster.client.call(id, { type: 'read' })).body.value,
    ),
  );
  expect(totals).toEqual([6, 6, 6]);
  // Its own plan, in a folder with both files.
  const plan = /```yaml\n(# counter\.yaml[\s\S]*?)```/.exec(readme)![1]!;
  writeFileSync(join(dir, 'counter.yaml'), plan);
  const judged = await outcome(
    spawnCluster(cluster.home, ['run', 'counter.yaml'], { INIT_CWD: dir }),
  );
  expect(judged.stdout).toMatch(
    /^violated +counter: not a counter that counts each add once: \d+ too small$/m,
  );
  expect(judged.code).toBe(1);
});

test('the test and the plan of the README are the ones that other tests run', () => {
  for (const file of [
    'testkit/test/examples/first.e2e.test.ts',
    'plans/examples/stale-read.yaml',
  ]) {
    expect(readme).toContain(publicText(readFileSync(join(root, 'packages', file), 'utf8')));
  }
});

test('the alias of the README is a command that works in another folder', async () => {
  const [alias] = /^alias cluster="node .*$/m.exec(readme)!;
  const script = `shopt -s expand_aliases\n${alias}\ncd /\ncluster --version`;
  const { code, stdout } = await outcome(
    spawn('bash', ['-c', script], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] }),
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout: `${version}\n` });
});

test('the plan of the README ends as shown there', async () => {
  const [, command, shown] = /```\n\$ pnpm cluster (run .*)\n([\s\S]*?)```/.exec(readme)!;
  await using home = new Home();
  const { code, stdout } = await outcome(spawnCluster(home.path, words(command!)));
  expect(code).toBe(1);
  // Which read is stale, and when, differs from run to run.
  const shape = (text: string): string[] =>
    text
      .replaceAll(/\d+(\.\d+)?|\bnull\b/g, 'N')
      .trim()
      .split(/\n\s*/);
  // A busy machine can be slow enough for a stale read before the cut.
  const sure = shape(shown!).filter((line) => !line.startsWith('Meanwhile'));
  expect(shape(stdout)).toEqual(expect.arrayContaining(sure));
});
