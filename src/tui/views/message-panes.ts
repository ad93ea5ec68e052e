/** The tree of one message and its bytes: two panes that belong together. */
import type { ByteSource, Field } from '../../bytes/field.js';
import { printable } from '../../bytes/text.js';
import { crashSentence, stackLines } from '../../engine/crash.js';
import { bold, breakLine, cyan, inverse, red, type Styled, styled, yellow } from '../../report/styled.js';
import { entityTree, messageTree } from '../../report/tree/message-tree.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Ui } from '../screen.js';
import { bytesPerRow, hexLines, hexRowCount } from './hex-lines.js';
import { findField, openTo, type TreeLine, TreeState } from './tree-model.js';

export type PaneName = 'tree' | 'bytes';

export class MessagePanes {
  readonly #ui: Ui;
  readonly #state = new TreeState();
  readonly #cursor = new ListCursor();
  #row: number | undefined;
  #version = -1;
  #roots: readonly Field[] = [];
  /** Why there is no tree, in sentences. */
  #why: readonly string[] = [];
  #path = '';
  /** A source that the user switched to; the field's own where undefined. */
  #chosen: ByteSource | undefined;
  #hexTop = 0;
  #hexRows = 1;
  #columns = 80;

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  /** Puts the panes on a message. */
  show(row: number | undefined): void {
    const version = this.#ui.session.store.version;
    // While a capture is loaded the version rises all the time, but a message that was built stays what it is.
    if (row === this.#row && (this.#roots.length > 0 || version === this.#version)) return;
    this.#row = row;
    this.#version = version;
    const tree = row === undefined ? undefined : treeOf(this.#ui, row);
    this.#roots = tree?.ok === true ? tree.roots : [];
    this.#why = tree?.ok === false ? tree.why : [];
    this.#chosen = undefined;
    this.#toPath();
  }

  /** Rows have new numbers, and what was closed may be open. */
  refresh(): void {
    this.#row = undefined;
    this.#roots = [];
  }

  /** Puts the tree's cursor on the first field whose name or value has the text. */
  showField(text: string): void {
    const path = findField(this.#roots, (field) => field.name === text || field.value === text);
    if (path === undefined) return;
    openTo(this.#state, path);
    this.#path = path;
    this.#toPath();
  }

  treeLines(area: Area, isFocused: boolean): Styled[] {
    const { theme } = this.#ui;
    const lines = this.#lines();
    const { columns } = area;
    const title = this.#row === undefined ? 'Message' : `Message ${this.#row + 1}`;
    const heading = theme.rule(
      title,
      columns,
      isFocused,
      lines.length > area.rows - 1 ? `${this.#cursor.position + 1}/${lines.length}` : '',
    );
    this.#cursor.fit(lines.length, area.rows - 1);
    if (this.#row !== undefined && lines.length === 0) {
      const why = this.#why.flatMap((line) => breakLine(`  ${line}`, columns));
      return [heading, ...why.slice(0, area.rows - 1)];
    }
    const { top, position } = this.#cursor;
    return [
      heading,
      ...lines
        .slice(top, top + area.rows - 1)
        .map((line, index) => this.#treeLine(line, top + index === position, columns, isFocused)),
    ];
  }

  bytesLines(area: Area, isFocused: boolean): Styled[] {
    const { theme } = this.#ui;
    const { columns } = area;
    this.#columns = columns;
    this.#hexRows = Math.max(1, area.rows - 1);
    const field = this.#field();
    const source = this.#chosen ?? field?.source;
    if (source === undefined) return [theme.rule('Bytes', columns, isFocused)];
    const isOwn = field !== undefined && source === field.source && field.length > 0;
    const start = isOwn ? field.start : 0;
    const length = isOwn ? field.length : 0;
    const last = Math.max(0, hexRowCount(source, columns) - this.#hexRows);
    this.#hexTop = Math.min(Math.max(0, this.#hexTop), last);
    const place = length === 0 ? '' : `, marked ${start}-${start + length - 1} (${length})`;
    const sources = this.sources();
    const which =
      sources.length < 2
        ? ''
        : `${sources.findIndex((one) => isSame(one, source)) + 1} of ${sources.length}, b: next`;
    const title = `${this.#sourceName(source)}: ${source.bytes.length} bytes${place}`;
    return [
      theme.rule(title, columns, isFocused, which),
      ...hexLines(source, this.#hexTop, this.#hexRows, columns, start, length),
    ];
  }

  run(command: Command, pane: PaneName): boolean {
    if (command === 'source') {
      this.#switchSource(1);
      return true;
    }
    return pane === 'tree' ? this.#runTree(command) : this.#runBytes(command);
  }

  search(text: string, step: 1 | -1): boolean {
    const lines = this.#lines();
    const wanted = text.toLowerCase();
    for (let at = this.#cursor.position + step; at >= 0 && at < lines.length; at += step) {
      const field = lines[at]?.field;
      if (field === undefined || !`${field.name}: ${field.value ?? ''}`.toLowerCase().includes(wanted))
        continue;
      this.#moveTo(at);
      return true;
    }
    return false;
  }

  /** How the bytes of the message came to be, besides their name. */
  #sourceName({ name }: ByteSource): string {
    const row = this.#row === undefined ? undefined : this.#ui.session.store.messages.row(this.#row);
    if (name !== 'SIP message' || row === undefined) return name;
    if (row.connection >= 0) return 'Decrypted TLS';
    return row.tcpStream === undefined ? name : `TCP stream ${row.tcpStream}, reassembled`;
  }

  /** The byte sources of the message, in the order of its tree. */
  sources(): readonly ByteSource[] {
    const found: ByteSource[] = [];
    const visit = (field: Field): void => {
      if (field.source.bytes.length > 0 && !found.some((source) => isSame(source, field.source)))
        found.push(field.source);
      for (const child of field.children) visit(child);
    };
    for (const root of this.#roots) visit(root);
    return found;
  }

  #treeLine(line: TreeLine, isCursor: boolean, columns: number, isFocused: boolean): Styled {
    const { theme } = this.#ui;
    const { glyphs } = theme;
    const { field, depth, isOpen } = line;
    const sign = field.children.length === 0 ? ' ' : isOpen ? glyphs.open : glyphs.closed;
    const mark = severityMark(field);
    const name = printable(field.name);
    const value = field.value === undefined ? '' : printable(field.value);
    const lead = `${'  '.repeat(depth)}${sign} ${mark}`;
    const plain = theme.fit(`${lead}${name}${value === '' ? '' : `: ${value}`}`, columns - 1);
    if (isCursor) return isFocused ? inverse(` ${plain}`) : bold(`${glyphs.cursor}${plain}`);
    if (field.severity === 'error') return styled` ${red(plain)}`;
    if (field.severity === 'warning') return styled` ${yellow(plain)}`;
    if (value === '' || !plain.startsWith(`${lead}${name}: `)) return ` ${plain}`;
    return styled` ${lead}${cyan(`${name}:`)}${plain.slice(lead.length + name.length + 1)}`;
  }

  #lines(): TreeLine[] {
    return this.#state.lines(this.#roots);
  }

  #field(): Field | undefined {
    return this.#lines()[this.#cursor.position]?.field;
  }

  /** Puts the cursor where it was in the tree before, or on the nearest branch above. */
  #toPath(): void {
    const lines = this.#lines();
    let best = 0;
    for (const [index, { path }] of lines.entries()) if (this.#path.startsWith(path)) best = index;
    this.#cursor.position = best;
    this.#showMarked();
  }

  #moveTo(position: number): void {
    this.#cursor.position = position;
    this.#path = this.#lines()[position]?.path ?? '';
    this.#chosen = undefined;
    this.#showMarked();
  }

  #showMarked(): void {
    const field = this.#field();
    if (field === undefined) return;
    const row = Math.floor(field.start / bytesPerRow(this.#columns));
    if (field.length === 0) this.#hexTop = 0;
    else if (row < this.#hexTop || row >= this.#hexTop + this.#hexRows) this.#hexTop = Math.max(0, row - 1);
  }

  #runTree(command: Command): boolean {
    const lines = this.#lines();
    const line = lines[this.#cursor.position];
    if (this.#cursor.run(command, lines.length)) {
      this.#moveTo(this.#cursor.position);
      return true;
    }
    if (line === undefined) return false;
    const hasChildren = line.field.children.length > 0;
    switch (command) {
      case 'open':
        if (hasChildren) this.#state.set(line.path, !line.isOpen);
        return true;
      case 'right':
        if (hasChildren && !line.isOpen) this.#state.set(line.path, true);
        else if (hasChildren) this.#moveTo(this.#cursor.position + 1);
        return true;
      case 'left':
        if (line.isOpen) this.#state.set(line.path, false);
        else {
          const parent = lines.findLastIndex(
            (other, index) => index < this.#cursor.position && other.depth < line.depth,
          );
          if (parent >= 0) this.#moveTo(parent);
        }
        return true;
      case 'expandAll':
        this.#state.setAll(line, !line.isOpen);
        return true;
      default:
        return false;
    }
  }

  #runBytes(command: Command): boolean {
    const page = Math.max(1, this.#hexRows - 1);
    switch (command) {
      case 'up':
        this.#hexTop--;
        return true;
      case 'down':
        this.#hexTop++;
        return true;
      case 'pageUp':
      case 'halfUp':
        this.#hexTop -= page;
        return true;
      case 'pageDown':
      case 'halfDown':
        this.#hexTop += page;
        return true;
      case 'top':
        this.#hexTop = 0;
        return true;
      case 'bottom':
        this.#hexTop = Number.MAX_SAFE_INTEGER;
        return true;
      case 'left':
      case 'right':
      case 'open':
        this.#switchSource(command === 'left' ? -1 : 1);
        return true;
      default:
        return false;
    }
  }

  #switchSource(step: number): void {
    const sources = this.sources();
    if (sources.length === 0) return;
    const current = this.#chosen ?? this.#field()?.source;
    const at = sources.findIndex((source) => current !== undefined && isSame(source, current));
    this.#chosen = sources[(at + step + sources.length) % sources.length];
    this.#hexTop = 0;
  }
}

/** The fields of a message, or the sentences that say why there are none. */
export type MessageTree =
  | { readonly ok: true; readonly roots: readonly Field[] }
  | { readonly ok: false; readonly why: readonly string[] };

/** The tree of a row. A fault of siplens on the way is told as what it is, and the view goes on. */
export function treeOf(ui: Pick<Ui, 'session'>, row: number): MessageTree {
  const { events } = ui.session;
  try {
    const event = events.eventOf(row);
    if (event === undefined) return { ok: false, why: [whyUnread(events.bytesOf(row))] };
    const isEntity = event.type === 'entity';
    return { ok: true, roots: isEntity ? entityTree(event) : messageTree(event, events.frameOf(row)) };
  } catch (error) {
    return { ok: false, why: [crashSentence(error, 'while this message was shown'), ...stackLines(error)] };
  }
}

function whyUnread(bytes: Uint8Array | undefined): string {
  return bytes === undefined
    ? 'The bytes of this message are not there any more: see Help, limits.'
    : 'The bytes where this message was are no message any more: the file has changed.';
}

/** Two readers may wrap the same bytes: a source is what it is called and holds. */
function isSame(a: ByteSource, b: ByteSource): boolean {
  if (a.name !== b.name || a.bytes.length !== b.bytes.length) return false;
  return (
    a.bytes === b.bytes || (a.bytes.buffer === b.bytes.buffer && a.bytes.byteOffset === b.bytes.byteOffset)
  );
}

function severityMark(field: Field): string {
  if (field.severity === 'error') return '!! ';
  return field.severity === 'warning' ? '! ' : '';
}
