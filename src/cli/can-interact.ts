/**
 * Whether `siplens FILE...` opens the interactive view: keys come from a terminal, the screen is one, and it can move
 * its cursor. Standard input as a file leaves no terminal to read keys from.
 */
export function canInteract(files: readonly string[]): boolean {
  const { stdin, stdout, env } = process;
  return stdin.isTTY === true && stdout.isTTY === true && !files.includes('-') && env['TERM'] !== 'dumb';
}
