import type { Styled } from '../report/styled.js';
import type { Command } from './keymap.js';
import type { Session, Swap } from './session.js';
import type { Theme } from './theme.js';

/** Room for drawing, in cells. */
export type Area = { readonly columns: number; readonly rows: number };

/** How times are shown; `t` goes through them. */
export const TIME_STYLES = ['time', 'date', 'relative', 'delta'] as const;
export type TimeStyle = (typeof TIME_STYLES)[number];

/** What screens share. */
export type Ui = {
  readonly session: Session;
  readonly theme: Theme;
  readonly timeStyle: TimeStyle;
  /** Rows selected for their difference: none or one. */
  readonly selected: number | undefined;
  readonly isFollowing: boolean;
  /** Opens a screen above this one. */
  push(screen: Screen): void;
  /** Shows a message in the messages view. */
  showMessage(row: number, field?: string): void;
  showConnection(index: number): void;
  /** A line for the user until the next key. */
  notice(text: string): void;
  select(row: number): void;
  /** The user moved: the list does not follow any more. */
  stopFollowing(): void;
  redraw(): void;
};

/** A view or something opened out of one. It draws itself as lines and takes commands. */
export type Screen = {
  readonly title: string;
  /** Commands named on the bottom line. */
  readonly hints: readonly Command[];
  /** `area.rows` lines or fewer, none wider than `area.columns`. */
  lines(area: Area): readonly Styled[];
  /** Whether the command was for this screen. */
  run(command: Command): boolean;
  /** Looks for a text from the cursor on; a step of -1 backwards. */
  search?(text: string, step: 1 | -1): void;
  /** The message at the cursor. */
  current?(): number | undefined;
  /** Rows have new numbers. */
  swapped?(swap: Swap): void;
};
