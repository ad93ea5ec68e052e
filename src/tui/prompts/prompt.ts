/** What takes all keys while it is open: a line to type, a dialog. */
import type { Styled } from '../../report/styled.js';
import type { Area } from '../screen.js';

export type Prompt = {
  /** Lines at the bottom of the screen, or a box in its middle. */
  readonly placement: 'bottom' | 'middle';
  lines(area: Area): readonly Styled[];
  /** Whether it stays open. */
  press(key: string): boolean;
};
