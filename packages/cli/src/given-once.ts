/** Rejects a flag that is given twice; otherwise the last value would silently win. */
import { FaultlineError } from '@faultline/protocol';
import type { Command, Option } from 'commander';
import { settings } from './parse.ts';

/** Flags that collect values may be repeated, and so may flags without a value. */
const mayRepeat = ({ required, optional, variadic, parseArg }: Option): boolean =>
  (!required && !optional) || variadic || parseArg === settings;

/** Rejects, with BAD_REQUEST, any other flag that a command gets twice, in any spelling. */
export function refuseRepeated(command: Command): void {
  for (const option of command.options.filter((each) => !mayRepeat(each))) {
    let before: string | null | undefined;
    command.on(`option:${option.name()}`, (text: string | null) => {
      if (before !== undefined) throw givenTwice(option.long ?? option.flags, before, text);
      before = text;
    });
  }
}

function givenTwice(flag: string, ...values: readonly (string | null)[]): FaultlineError {
  const texts = values.map((text) => (text === null ? 'no value' : JSON.stringify(text)));
  return new FaultlineError(
    'BAD_REQUEST',
    `${flag} is given twice, as ${texts.join(' and ')}: give it once`,
    { flag, texts: values },
  );
}
