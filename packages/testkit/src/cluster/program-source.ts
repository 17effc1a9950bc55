/**
 * A program that is a function of the test. Separate processes run it, so it is sent as source text: like a
 * function that is sent to a browser, it sees its arguments and JavaScript's globals, and nothing of the file
 * around it. The exports of the SDK are the second argument.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type * as sdk from '@faultline/node';
import { FaultlineError } from '@faultline/protocol';

type Sdk = Pick<typeof sdk, 'RpcError' | 'UnknownOutcome' | 'errorCodes'>;

export type FunctionProgram = (node: sdk.Node, sdk: Sdk) => void | Promise<void>;

/** Writes the module and returns its path. Throws PROGRAM_INVALID. */
export function writeProgram(program: FunctionProgram, dir: string): string {
  const path = join(dir, 'program.mjs');
  mkdirSync(dir, { recursive: true });
  writeFileSync(
    path,
    `import { errorCodes, RpcError, UnknownOutcome } from '@faultline/node';
const __name = (value) => value;
const program = ${expressionOf(program)};
export default (node) => program(node, { errorCodes, RpcError, UnknownOutcome });
`,
  );
  return path;
}

/** The source of a method is not an expression, so it is wrapped in an object. */
function expressionOf(program: FunctionProgram): string {
  const source = program.toString();
  const method = `Object.values({ ${source} })[0]`;
  const found = [`(${source})`, method].find(isExpression);
  if (found !== undefined) return found;
  throw new FaultlineError(
    'PROGRAM_INVALID',
    'program: expected a function whose source can be sent to a process, got one without source text; pass a file instead',
  );
}

function isExpression(text: string): boolean {
  try {
    new Function(`return (${text})`);
    return true;
  } catch {
    return false;
  }
}
