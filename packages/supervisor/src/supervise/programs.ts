/** The code that a cluster runs: the router's bundle, and the program of its nodes. */
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import type { ProgramWords } from '@faultline/actions';
import { FaultlineError } from '@faultline/protocol';
import { bundle } from '../programs/bundle.ts';
import {
  bundleProgram,
  commandProgram,
  findProgram,
  type ProgramName,
  type ProgramSource,
} from '../programs/program.ts';
import { shortPath, workDir } from '../programs/source-place.ts';
import type { SuperviseOptions } from './options.ts';
import type { Settings } from './settings.ts';

/** Throws PROGRAM_NOT_FOUND or PROGRAM_INVALID, and NODE_CANNOT if the program does not support an option. */
export async function prepareCode(
  options: SuperviseOptions,
  settings: Settings,
): Promise<{ readonly program: ProgramSource; readonly routerBundle: string }> {
  const routerMain = createRequire(import.meta.url).resolve('@faultline/router/main');
  const [program, routerBundle] = await Promise.all([
    prepareProgram(options, settings),
    bundle({
      label: 'router',
      entry: `import ${JSON.stringify(routerMain)};`,
      cacheDir: settings.cacheDir,
      starts: true,
    }),
  ]);
  if (program.kind === 'command') requireSimple(program.label, settings);
  return { program, routerBundle };
}

/** Loads a program for a node of this cluster. Throws as `prepareCode` does. */
export async function loadProgram(
  options: SuperviseOptions,
  program: ProgramWords,
  settings: Settings,
): Promise<ProgramSource> {
  if (typeof program === 'string') return loadModule(options, program, settings);
  const command = commandProgram(program, options.cwd ?? workDir());
  requireSimple(command.label, settings);
  return command;
}

/** Loads the programs of single nodes. Throws as `prepareCode` does, and BAD_REQUEST for a node that does not exist. */
export async function prepareOwn(
  options: SuperviseOptions,
  settings: Settings,
): Promise<ReadonlyMap<string, ProgramSource>> {
  const { programs = {}, nodes } = options;
  const loaded = Object.entries(programs).map(async ([node, program]) => {
    const number = Number(/^n([1-9]\d*)$/.exec(node)?.[1]);
    if (!(number <= nodes)) {
      throw new FaultlineError(
        'BAD_REQUEST',
        `programs: there is no node ${node}: expected one from n1 to n${nodes}`,
        { node, nodes },
      );
    }
    return [node, await loadProgram(options, program, settings)] as const;
  });
  return new Map(await Promise.all(loaded));
}

/** A ready program is part of the tool: all clusters share its bundle. */
export function loadModule(
  { readyPrograms, cwd = workDir() }: SuperviseOptions,
  name: string,
  { cacheDir, paths }: Settings,
): Promise<ProgramSource> {
  const path = findProgram(name, readyPrograms, cwd);
  const isReady = Object.hasOwn(readyPrograms, name);
  const named = { identity: isReady ? name : path, label: labelOf(name) };
  return bundleProgram(path, named, isReady ? cacheDir : paths.cache);
}

const labelOf = (name: string): string => (isAbsolute(name) ? shortPath(name) : name);

/** The identity of each node's program before it is bundled. Throws PROGRAM_NOT_FOUND. */
export function identify(options: SuperviseOptions): (node: string) => ProgramName {
  const named = identifyProgram(options, options.program);
  const own = new Map(
    Object.entries(options.programs ?? {}).map(
      ([node, program]) => [node, identifyProgram(options, program)] as const,
    ),
  );
  return (node) => own.get(node) ?? named;
}

function identifyProgram(
  { readyPrograms, cwd = workDir() }: SuperviseOptions,
  program: ProgramWords,
): ProgramName {
  if (typeof program !== 'string') {
    const { identity, label } = commandProgram(program, cwd);
    return { identity, label };
  }
  const path = findProgram(program, readyPrograms, cwd);
  const identity = Object.hasOwn(readyPrograms, program) ? program : path;
  return { identity, label: labelOf(program) };
}

async function prepareProgram(
  options: SuperviseOptions,
  settings: Settings,
): Promise<ProgramSource> {
  const { program, cwd = workDir() } = options;
  if (typeof program !== 'string') return commandProgram(program, cwd);
  return loadModule(options, program, settings);
}

/** A program without our SDK uses the machine's clock and does not sign. */
function requireSimple(program: string, { clocks, sign }: Settings): void {
  if (clocks.spec.kind !== 'perfect') {
    throw new FaultlineError(
      'NODE_CANNOT',
      `${program} is a program without our SDK: it uses the machine's clock, which has no weather`,
      { program, clocks: clocks.text },
    );
  }
  if (sign) {
    throw new FaultlineError(
      'NODE_CANNOT',
      `${program} is a program without our SDK and cannot sign its messages: start it without --sign`,
      { program },
    );
  }
}
