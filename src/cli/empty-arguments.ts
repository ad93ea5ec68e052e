import type { Command } from 'commander';
import { UsageError } from './exit.js';

/** Refuses empty words where files and other things are named: a script's variable was not set, mostly. */
export function refuseEmptyArguments(command: Command): void {
  const { args, registeredArguments, options } = command;
  const last = registeredArguments.at(-1);
  args.forEach((word, index) => {
    if (word === '') throw emptyArgument('', (registeredArguments[index] ?? last)?.name() ?? 'argument');
  });
  for (const option of options) {
    const what = /<.*?(file|folder)/.exec(option.flags)?.[1];
    const value: unknown = command.getOptionValue(option.attributeName());
    // Other options may be empty, as a password.
    if (what !== undefined && [value].flat().includes('')) throw emptyArgument(`${option.long} `, what);
  }
}

function emptyArgument(where: string, what: string): UsageError {
  return new UsageError(`${where}'': this names no ${what}; is a variable not set that should?`);
}
