/** `up --node n3=./v2.ts`: what single nodes run instead of the cluster's program. */
import { existsSync } from 'node:fs';
import { readyPrograms } from '@faultline/programs';
import {
  FaultlineError,
  parseNodes,
  resolveNodes,
  type SelectorContext,
} from '@faultline/protocol';
import { fromHere } from './parse.ts';

type ProgramWords = string | readonly string[];

/** `given` maps selectors of nodes to programs. Throws BAD_SELECTOR, NODE_UNKNOWN, BAD_REQUEST. */
export function ownPrograms(
  given: Readonly<Record<string, string>>,
  nodes: number,
): Record<string, ProgramWords> {
  const context: SelectorContext = {
    nodes: Array.from({ length: nodes }, (_, i) => `n${i + 1}`),
    clients: [],
    pick: () => {
      throw new FaultlineError(
        'BAD_SELECTOR',
        '--node: expected the names of nodes, such as n3 or n1-n3: there is nothing to draw from before the start',
      );
    },
  };
  const programs = new Map<string, ProgramWords>();
  for (const [selector, text] of Object.entries(given)) {
    const program = readProgram(text);
    for (const node of resolveNodes(parseNodes(selector), context)) {
      if (programs.has(node)) {
        throw new FaultlineError(
          'BAD_REQUEST',
          `--node: ${node} is given two programs: give it one`,
          { node },
        );
      }
      programs.set(node, program);
    }
  }
  return Object.fromEntries(programs);
}

/** A ready program's name or a file; else the words of a command, with blanks between or as a JSON list. */
function readProgram(text: string): ProgramWords {
  if (Object.hasOwn(readyPrograms, text) || existsSync(fromHere(text))) return text;
  if (text.trimStart().startsWith('[')) return readWords(text);
  const words = text.split(/\s+/).filter((word) => word !== '');
  return words.length > 1 ? words : text;
}

function readWords(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    value = undefined;
  }
  if (Array.isArray(value) && value.every((word) => typeof word === 'string')) return value;
  throw new FaultlineError(
    'BAD_REQUEST',
    `--node: expected a JSON list of words, such as ["python3","node.py"], got ${text}`,
    { text },
  );
}
