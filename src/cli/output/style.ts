import { createStyle, type Style } from '../../report/terminal-style.js';
import type { CommonOptions } from '../options.js';
import type { Output } from './output.js';

/** Colours as `--color`, NO_COLOR and the kind of output ask for. */
export function styleFor({ color }: Pick<CommonOptions, 'color'>, output: Output): Style {
  return createStyle({ mode: color, noColor: process.env['NO_COLOR'], isTTY: output.isTerminal });
}
