/** View 4: findings, the worst first; each with what it means, and a jump to its place. */
import { printable } from '../../bytes/text.js';
import { BREAKS_WORDS, wrapText } from '../../bytes/width.js';
import { faultRules } from '../../checks/fault-rules.js';
import type { RuleHeader } from '../../checks/rule.js';
import { RULES } from '../../checks/table.js';
import { dim, type Styled, severityStyle, styled } from '../../report/styled.js';
import type { FindingRow } from '../../store/finding-table.js';
import { formatCount } from '../format.js';
import type { Command } from '../keymap.js';
import { ListCursor } from '../list-cursor.js';
import type { Area, Screen, Ui } from '../screen.js';
import { TableLayout, type TableRow } from '../table.js';
import { nothingToShow } from './nothing.js';

const COLUMNS = [
  { title: 'Severity', least: 7, most: 8, rank: 0 },
  { title: 'Place', least: 10, most: 16, rank: 0 },
  { title: 'Rule', least: 16, most: 40, rank: 2 },
  { title: 'Finding', least: 20, most: 400, rank: 1 },
] as const;

export class FindingsView implements Screen {
  readonly title = 'Findings';
  readonly hints: readonly Command[] = ['open', 'search', 'help', 'back'];
  readonly #ui: Ui;
  readonly #cursor = new ListCursor();
  readonly #layout = new TableLayout(COLUMNS);

  constructor(ui: Ui) {
    this.#ui = ui;
  }

  lines(area: Area): readonly Styled[] {
    const { theme, session } = this.#ui;
    const { findings } = session.store;
    if (findings.length === 0) return nothingToShow(this.#ui, 'findings', area);
    const below = Math.min(Math.max(6, Math.floor(area.rows * 0.45)), 14);
    const height = area.rows - below;
    this.#cursor.fit(findings.length, height - 1);
    const { top, position } = this.#cursor;
    const rows: TableRow[] = [];
    for (let at = top; at < Math.min(findings.length, top + height - 1); at++) {
      const row = findings.at(at);
      if (row === undefined) continue;
      const { severity, rule, summary } = row.finding;
      rows.push({
        cells: [
          { text: severity, style: severityStyle(severity) },
          { text: placeOf(this.#ui, row) },
          { text: rule, style: 'cyan' },
          { text: summary },
        ],
        isCursor: at === position,
        flag: '',
      });
    }
    const list = this.#layout.draw(rows, area.columns, theme, true);
    while (list.length < height) list.push('');
    return [...list, ...this.#explanation({ columns: area.columns, rows: below })];
  }

  run(command: Command): boolean {
    const { findings } = this.#ui.session.store;
    if (this.#cursor.run(command, findings.length)) return true;
    if (command !== 'open' && command !== 'right') return false;
    const row = findings.at(this.#cursor.position);
    if (row === undefined) return true;
    if (row.message >= 0) this.#ui.showMessage(row.message, row.finding.summary);
    else if (row.connection >= 0) this.#ui.showConnection(row.connection);
    else this.#ui.notice('this finding is about the capture: it has no message to go to');
    return true;
  }

  search(text: string, step: 1 | -1): void {
    const { findings } = this.#ui.session.store;
    const wanted = text.toLowerCase();
    for (let at = this.#cursor.position + step; at >= 0 && at < findings.length; at += step) {
      const finding = findings.at(at)?.finding;
      if (
        finding === undefined ||
        !`${finding.severity} ${finding.rule} ${finding.summary}`.toLowerCase().includes(wanted)
      )
        continue;
      this.#cursor.center(at);
      return;
    }
    this.#ui.notice(`no ${step > 0 ? 'later' : 'earlier'} finding has "${text}"`);
  }

  current(): number | undefined {
    const row = this.#ui.session.store.findings.at(this.#cursor.position);
    return row === undefined || row.message < 0 ? undefined : row.message;
  }

  #explanation(area: Area): Styled[] {
    const { theme, session } = this.#ui;
    const { findings } = session.store;
    const row = findings.at(this.#cursor.position);
    if (row === undefined) return [];
    const { finding } = row;
    const counts = (['error', 'warning', 'note', 'info'] as const)
      .filter((severity) => findings.count(severity) > 0)
      .map((severity) => `${formatCount(findings.count(severity))} ${severity}`)
      .join(', ');
    const omitted = findings.omitted === 0 ? '' : `, ${formatCount(findings.omitted)} more not kept`;
    const where = [finding.where, finding.reference].filter((text) => text !== undefined).join('; ');
    const meaning = explanationOf(finding.rule);
    const width = area.columns - 3;
    // All of it comes from the network: made safe first, so that columns are counted of what is shown.
    const wrapped = (text: string): string[] => wrapText(printable(text), width, BREAKS_WORDS);
    const body: Styled[] = [
      ...wrapped(finding.summary),
      ...(where === '' ? [] : wrapped(where).map((line) => dim(line))),
      ...(meaning === undefined ? [] : ['', ...wrapped(meaning)]),
    ];
    return [
      theme.rule(finding.rule, area.columns, false, `${counts}${omitted}`),
      ...body.slice(0, area.rows - 1).map((line) => styled` ${line}`),
    ];
  }
}

function placeOf(ui: Ui, row: FindingRow): string {
  if (row.message >= 0) return `message ${row.message + 1}`;
  const connection = ui.session.store.connections.row(row.connection);
  return connection === undefined ? 'capture' : `tcp stream ${connection.tcpStream}`;
}

let rules: ReadonlyMap<string, RuleHeader> | undefined;

/** What a rule says of itself, for people. */
function explanationOf(rule: string): string | undefined {
  rules ??= new Map([...faultRules(), ...RULES].map((header) => [header.id, header]));
  return rules.get(rule)?.explanation;
}
