/** The lines around a screen: views, what is going on, and a dialog's box. */
import { printable } from '../bytes/text.js';
import { displayWidth } from '../bytes/width.js';
import {
  breakLine,
  dim,
  inverse,
  LineBuilder,
  padded,
  type Styled,
  styled,
  yellow,
} from '../report/styled.js';
import { fileName, formatBytes, formatCount, shortUri } from './format.js';
import type { Area, Screen, Ui } from './screen.js';
import type { Theme } from './theme.js';
import { countsOf } from './views/messages.js';

const BAR = 20;

/** The first line: the views with their numbers, the open one marked, and the name of what is shown. */
export function tabLine(
  ui: Ui,
  views: readonly Screen[],
  open: number,
  screen: Screen,
  columns: number,
): Styled {
  const { theme, session } = ui;
  const line = new LineBuilder();
  let used = 0;
  for (const [index, view] of views.entries()) {
    const text = ` ${index + 1} ${view.title} `;
    line.add(index === open ? inverse(text) : text);
    used += displayWidth(text);
  }
  const crumb = screen === views[open] ? '' : `${theme.glyphs.closed} ${screen.title}  `;
  const counts = countsOf(ui);
  const room = columns - used - 1;
  // The name of the file gives way first.
  const name = fileName(session.source.name);
  const whole = `${crumb}${name}  ${counts}`;
  const right =
    displayWidth(printable(whole)) <= room
      ? whole
      : crumb === ''
        ? `${theme.fit(name, room - counts.length - 2)}  ${counts}`
        : crumb;
  if (room >= 8) line.add(` ${theme.fit(right.trimEnd(), room, 'right')}`);
  return line.line;
}

/**
 * The second line: a notice, progress, the filter, problems; where there is nothing to tell, who talks to whom in the
 * message at the cursor. Always there, so that a notice moves nothing.
 */
export function statusLine(ui: Ui, columns: number, notice: string, row: number | undefined): Styled {
  const { session, theme } = ui;
  const parts: string[] = [];
  if (notice !== '') parts.push(notice);
  const progress = session.progress;
  if (progress !== undefined) {
    const { what, done, total, rate } = progress;
    const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
    const bar = share === undefined ? '' : ` ${progressBar(share, theme)} ${Math.floor(share * 100)}%`;
    const amount =
      rate === undefined ? `${formatCount(done)}` : `${formatBytes(done)}, ${formatBytes(rate)}/s`;
    parts.push(`${what}${bar} ${amount}`);
  }
  if (session.isPaused) parts.push('PAUSED (p goes on)');
  const drops = session.source.drops?.();
  if (drops !== undefined && drops > 0) parts.push(`${formatCount(drops)} DROPPED`);
  if (session.filterText !== '') parts.push(`filter: ${session.filterText}`);
  // A capture that ended by itself has nothing to follow any more; why it ended is told in place of it.
  const { isLive } = session.source;
  const hasEnded = isLive && !session.isLoading;
  if (hasEnded) parts.push('capture ended');
  else if (ui.isFollowing) parts.push('following');
  const { problemCount } = session.store;
  if (problemCount > 0 && (parts.length === 0 || hasEnded)) {
    const [first] = session.store.problems;
    const more = problemCount > 1 ? ` (and ${problemCount - 1} more)` : '';
    parts.push(`! ${isLive ? '' : 'not read whole: '}${first?.message ?? ''}${more}`);
  }
  const { unread } = session;
  if (unread.length > 0 && parts.length === 0) {
    const more = unread.length > 1 ? ' (and more: statistics)' : '';
    parts.push(`! ${unread[0]}${more}`);
  }
  if (parts.length === 0) return dim(theme.fit(row === undefined ? '' : summaryOf(ui, row), columns));
  return yellow(theme.fit(parts.join('   '), columns));
}

/** From, To and Call-ID of a message, which a narrow list leaves out. */
function summaryOf(ui: Ui, index: number): string {
  const { messages } = ui.session.store;
  if (index >= messages.length) return '';
  const { from, to, callId } = messages.row(index);
  if (from === '' && to === '') return '';
  const arrow = ui.theme.unicode ? '→' : '->';
  return ` ${shortUri(from)} ${arrow} ${shortUri(to)}   ${callId}`;
}

function progressBar(share: number, theme: Theme): string {
  const full = Math.round(share * BAR);
  return `[${theme.glyphs.bar.repeat(full)}${theme.glyphs.tree.repeat(BAR - full)}]`;
}

/** Draws a box with `content` over the middle of `lines`. */
export function box(
  lines: readonly Styled[],
  content: readonly Styled[],
  area: Area,
  theme: Theme,
): Styled[] {
  const width = Math.min(area.columns - 4, 76);
  const [topLeft, topRight, bottomLeft, bottomRight] = theme.glyphs.corners;
  const { horizontal, vertical } = theme.glyphs;
  const margin = ' '.repeat(Math.floor((area.columns - width - 2) / 2));
  const framed = [
    `${margin}${topLeft}${horizontal.repeat(width)}${topRight}`,
    ...content
      .flatMap((line) => breakLine(line, width, 3))
      .map((line) => styled`${margin}${vertical}${padded(line, width)}${vertical}`),
    `${margin}${bottomLeft}${horizontal.repeat(width)}${bottomRight}`,
  ];
  const top = Math.max(0, Math.floor((area.rows - framed.length) / 2));
  return [...lines.slice(0, top), ...framed.slice(0, area.rows - top), ...lines.slice(top + framed.length)];
}

/** Width of what a dialog may write in. */
export function boxWidth(area: Area): number {
  return Math.min(area.columns - 4, 76);
}
