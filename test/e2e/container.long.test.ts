/**
 * The playground in its container, by `docker compose` or `docker-compose`. Without an engine, a base image or
 * the free port 7400, the test is skipped and prints why. More options for `docker build`,
 * such as another base image, are in FAULTLINE_DOCKER_BUILD:
 *
 *   FAULTLINE_DOCKER_BUILD='--build-arg BASE=my/node:24 --network host'
 */
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest';
import { type Outcome, outcome, root, until } from '../helpers/cluster.ts';

const project = `faultline-test-${process.pid}`;
const address = 'http://127.0.0.1:7400';
const buildMsMax = 900_000;
const runMsMax = 120_000;
/** The builder's error if there is neither a registry nor a local image. */
const noBase =
  /pull access denied|failed to resolve|no such host|dial tcp|TLS handshake|i\/o timeout/i;

/** The reason why there is no container. */
let missing: string | undefined;
let compose: readonly string[] = [];

beforeAll(async () => {
  missing = await whatIsMissing();
  if (missing !== undefined) return;
  const more = (process.env.FAULTLINE_DOCKER_BUILD ?? '').split(' ').filter((word) => word !== '');
  const built = await run([
    ...['docker', 'build', '--file', 'scripts/container/Dockerfile'],
    ...['--tag', 'faultline-playground', ...more, '.'],
  ]);
  if (built.code === 0) return;
  if (!noBase.test(built.stderr + built.stdout)) throw new Error(built.stdout + built.stderr);
  missing = 'the base image cannot be pulled';
}, buildMsMax);

afterAll(async () => {
  if (compose.length > 0) await command('down', '--volumes');
}, runMsMax);

test.beforeEach((context: TestContext) => {
  context.skip(missing !== undefined, `no container can be started here: ${missing}`);
});

test(
  'the container runs as a user that is not root, guards its API, stops in order and keeps its recordings and disks',
  async () => {
    const first = await up();
    const own = { authorization: `Bearer ${first.token}` };
    expect(await statusOf({})).toBe(401);
    expect(await statusOf(own)).toBe(200);
    expect(await statusOf({ ...own, origin: 'http://evil.example' })).toBe(403);
    expect((await inside('id', '-u')).stdout.trim()).toBe('1000');
    expect((await faultline('call', 'n1', 'write', 'key=x', 'value=1')).stdout).toMatch(
      /^write_ok /,
    );
    await until(async () => (await health()) === 'healthy', 'its health check passes', 60_000);
    expect((await command('stop')).code).toBe(0);
    const log = (await command('logs', '--no-color')).stdout;
    expect(log).toMatch(/cluster going down[\s\S]*cluster down/);

    const second = await up();
    expect(second.token).not.toBe(first.token);
    expect((await faultline('call', 'n2', 'read', 'key=x')).stdout).toMatch(/^read_ok {"value":1}/);
    const { stdout } = await faultline('runs', '--json');
    expect(JSON.parse(stdout)).toHaveLength(2);
    expect((await command('down')).code).toBe(0);
  },
  3 * runMsMax,
);

async function whatIsMissing(): Promise<string | undefined> {
  const engine = await run(['docker', 'info', '--format', '{{.ServerVersion}}']);
  if (engine.code !== 0) return 'no Docker engine answers';
  for (const words of [['docker', 'compose'], ['docker-compose']]) {
    const { code } = await run([...words, 'version']);
    if (code === 0) {
      if (await isTaken(7400)) return 'port 7400 is taken';
      compose = words;
      return undefined;
    }
  }
  return 'there is neither `docker compose` nor `docker-compose`';
}

function isTaken(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

/** Starts the container, and returns the token from its log. */
async function up(): Promise<{ readonly token: string }> {
  const started = await command('up', '--detach', '--no-build');
  if (started.code !== 0) throw new Error(started.stdout + started.stderr);
  const token = await until(
    async () => {
      const { stdout } = await command('logs', '--no-color', '--tail', '30');
      const tokens = [...stdout.matchAll(/token {6}(\S+)/g)].map(([, each]) => each!);
      const latest = tokens.at(-1);
      const isOpen = latest && (await statusOf({ authorization: `Bearer ${latest}` })) === 200;
      return isOpen ? latest : undefined;
    },
    'the log shows the token',
    60_000,
  );
  return { token };
}

async function statusOf(headers: Readonly<Record<string, string>>): Promise<number> {
  const answer = await fetch(`${address}/v1/cluster`, { headers }).catch(() => undefined);
  await answer?.arrayBuffer();
  return answer?.status ?? 0;
}

async function health(): Promise<string> {
  const { stdout: id } = await command('ps', '--quiet', 'playground');
  const format = '{{.State.Health.Status}}';
  return (await run(['docker', 'inspect', '--format', format, id.trim()])).stdout.trim();
}

const command = (...args: readonly string[]): Promise<Outcome> =>
  run([...compose, '--project-name', project, '--file', join(root, 'docker-compose.yml'), ...args]);
const inside = (...args: readonly string[]): Promise<Outcome> =>
  command('exec', '-T', 'playground', ...args);
const faultline = (...args: readonly string[]): Promise<Outcome> => inside('cluster', ...args);

/** Code -1: there is no such executable. */
async function run([file, ...args]: readonly string[]): Promise<Outcome> {
  const child = spawn(file!, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  const isMissing = new Promise<Outcome>((resolve) =>
    child.on('error', ({ message }) => resolve({ code: -1, stdout: '', stderr: message })),
  );
  return Promise.race([isMissing, outcome(child)]);
}
