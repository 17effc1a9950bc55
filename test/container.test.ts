/** The files for the container, tested even without a container engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { root } from './helpers/cluster.ts';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Service {
  readonly [key: string]: unknown;
  readonly command: string | readonly string[];
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
}

const compose = parse(read('docker-compose.yml')) as {
  readonly [key: string]: unknown;
  readonly services: Readonly<Record<string, Service>>;
};
const dockerfile = read('scripts/container/Dockerfile');
const scrape = parse(read('scripts/container/prometheus.yml')).scrape_configs[0];
const services = Object.entries(compose.services);
const { playground, prometheus } = compose.services as Record<string, Service>;

/** Keys of both docker-compose 1.29 and Compose v2; `version` warns in one, `name` fails in the other. */
const topLevelKeys = ['services', 'volumes'];
const serviceKeys = [
  ...['build', 'image', 'command', 'init', 'user', 'profiles', 'depends_on', 'healthcheck'],
  ...['ports', 'volumes', 'tmpfs', 'read_only', 'cap_drop', 'security_opt'],
];

test('the compose file uses only keys that both docker-compose 1.29 and Compose v2 support', () => {
  const unknown = services.flatMap(([, service]) =>
    Object.keys(service).filter((key) => !serviceKeys.includes(key)),
  );
  expect(Object.keys(compose)).toEqual(topLevelKeys);
  expect(unknown).toEqual([]);
});

test.each(services)('%s publishes its ports on loopback only', (_, { ports }) => {
  expect(ports.filter((port) => !/^127\.0\.0\.1:\d+:\d+$/.test(port))).toEqual([]);
});

test.each(services)('%s runs without capabilities and gains no privileges', (_, service) => {
  expect(service).toMatchObject({ cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] });
});

test('the image runs as a user that is not root, and Prometheus as the same one', () => {
  const users = [...dockerfile.matchAll(/^USER (.*)$/gm)].map(([, user]) => user);
  expect(users).toEqual(['1000:1000']);
  expect(prometheus!.user).toBe('1000:1000');
});

test('the published port is the one that the API listens on and that Prometheus scrapes', () => {
  const [, port] = /--host 0\.0\.0\.0 --port (\d+)/.exec(String(playground!.command))!;
  expect(playground!.ports).toEqual([`127.0.0.1:${port}:${port}`]);
  expect(scrape.dns_sd_configs[0]).toMatchObject({ names: ['playground'], port: Number(port) });
});

test('Prometheus reads the token from the file that the playground writes', () => {
  const [, path] = /--token-file (\S+)/.exec(String(playground!.command))!;
  expect(scrape.authorization.credentials_file).toBe(path);
  expect(playground!.volumes).toEqual(['data:/data']);
  expect(prometheus!.volumes).toContain('data:/data:ro');
});

test('.nvmrc has the Node version of the image', () => {
  const [, version] = /^ARG NODE_VERSION=(\S+)$/m.exec(dockerfile)!;
  expect(version).toBe(read('.nvmrc').trim());
  // Replaceable, for machines without access to a registry of images.
  expect([...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base)).toEqual([
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an argument of the Dockerfile
    '${BASE}',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: an argument of the Dockerfile
    '${BASE}',
  ]);
});
