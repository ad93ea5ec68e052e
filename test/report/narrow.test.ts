import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import type { AnalyzerEvent, TlsConnectionEvent } from '../../src/analyzer/events.js';
import { displayWidth, wrapText } from '../../src/bytes/width.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { BUILT_IN_POLICIES } from '../../src/checks/policy/builtin.js';
import { parsePolicy } from '../../src/checks/policy/file.js';
import { PolicyRun } from '../../src/checks/policy/policy.js';
import { FindingReport, placedFindings } from '../../src/report/findings.js';
import { MessageList } from '../../src/report/list.js';
import { render } from '../../src/report/render.js';
import type { Styled } from '../../src/report/styled.js';
import { tlsDetailLines } from '../../src/report/tls/detail.js';
import { judgementLines } from '../../src/report/tls/policy.js';
import { TlsTable } from '../../src/report/tls/table.js';
import { contextWith } from '../support/analyze.js';
import { ROOT } from '../support/root.js';

/** A terminal of 80 columns: what a line is there for must not be what is cut off. */

const WIDTH = 80;

const text = (line: Styled): string => render(line, 'nothing');

/** Without one frame of the capture, or (below 0) without the first ones. */
function eventsOf(keys: readonly string[], without = 0): AnalyzerEvent[] {
  const events: AnalyzerEvent[] = [];
  const analyzer = new CaptureAnalyzer('a/tls-message.pcap', contextWith(...keys), (event) =>
    events.push(event),
  );
  const kept = (number: number) => (without < 0 ? number > -without : number !== without);
  let frames = 0;
  const reader = createCaptureReader('pcap', {
    frame: (frame) => {
      if (kept(frame.number)) analyzer.frame({ ...frame, number: ++frames });
    },
    secrets: (type, bytes) => analyzer.secrets(type, bytes),
    problem: (problem) => analyzer.problem(problem),
  });
  reader.push(readFileSync(`${ROOT}samples/tls-message.pcap`));
  reader.end();
  analyzer.end();
  analyzer.finish();
  return events;
}

const opened = eventsOf(['keys/domain_key_example.net.pem']);
const closed = eventsOf([]);
const connections = (events: AnalyzerEvent[]) => events.filter((event) => event.type === 'tls_connection');

function list(width: number | undefined, labelFiles: boolean, fileWidth?: number): string[] {
  const lines: string[] = [];
  const options = { width, labelFiles, ...(fileWidth === undefined ? {} : { fileWidth }) };
  const table = new MessageList((line) => lines.push(text(line)), options);
  for (const [index, event] of opened.filter((one) => one.type === 'sip_message').entries()) {
    table.add(event, index + 1);
  }
  table.flush();
  return lines;
}

describe('the list', () => {
  it.each([true, false])('tells who said what (files labelled: %s)', (labelFiles) => {
    const lines = list(WIDTH, labelFiles);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(WIDTH);
    expect(lines[1]).toMatch(/ 1 .*00:48:07.*127\.0\.0\.1:55768 +127\.0\.0\.1:5061 +MESSAGE/);
    expect(lines[2]).toMatch(/ 2 .*127\.0\.0\.1:5061 +127\.0\.0\.1:55768 +200 OK/);
    if (labelFiles) expect(lines[1]).toContain('tls-message.pcap');
    else expect(lines[1]).toContain('TLS 1.0');
  });

  it('keeps room for the names of files to come', () => {
    const [titles = '', row = ''] = list(undefined, true, 30);
    expect(titles.indexOf('Frame')).toBe(titles.indexOf('File') + 32);
    expect(row).toContain('sips:fluffy@example.com  ');
  });
});

describe('findings', () => {
  const report = new FindingReport();
  for (const event of closed) for (const placed of placedFindings(event)) report.add(placed);

  it('are wrapped and whole', () => {
    const lines: string[] = [];
    report.writeText((line) => lines.push(text(line)), { width: WIDTH, labelFiles: true });
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(WIDTH);
    const all = lines.join(' ').replace(/ +/g, ' ');
    expect(all).toContain('note tls/not-decrypted, a/tls-message.pcap, tcp stream 0');
    expect(all).toContain('no key log was given. [RFC 5246 §8.1.1]');
  });

  it('are a line each where the output is no terminal, with the sentence last', () => {
    const lines: string[] = [];
    report.writeText((line) => lines.push(text(line)), { width: undefined, labelFiles: false });
    expect(lines[0]).toMatch(/^Severity +Rule +Where +Reference +Finding$/);
    expect(lines.find((line) => line.includes('tls/not-decrypted'))).toMatch(/no key log was given\.$/);
  });
});

describe('TLS connections', () => {
  it('say in the table whether they were opened, and why not', () => {
    const lines: string[] = [];
    const table = new TlsTable((line) => lines.push(text(line)), { width: WIDTH, labelFiles: true });
    for (const event of [...connections(opened), ...connections(closed)]) table.add(event);
    table.end();
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(WIDTH);
    expect(lines[1]).toMatch(/TLS 1\.0 +TLS_RSA_WITH_AES_256_CBC_SHA +decrypted/);
    expect(lines[2]).toMatch(/TLS 1\.0 +TLS_RSA_WITH_AES_256_CBC_SHA +not_decrypted/);
  });

  it('have the sentences of policies wrapped beneath each other', () => {
    const parsed = parsePolicy(BUILT_IN_POLICIES.get('rfc9325') ?? '', 'rfc9325');
    if (!parsed.ok) throw new Error(parsed.message);
    const [event] = connections(opened);
    if (event === undefined) throw new Error('there is no connection');
    const { tcpStream, connection, verdict } = event;
    const results = new PolicyRun(parsed.policy).judge({ tcpStream, connection, verdict });
    const judgement = { policy: 'rfc9325', event, results };
    const lines = judgementLines(judgement, WIDTH).map(text);
    for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(WIDTH);
    expect(lines.map((line) => line.trim()).join(' ')).toContain('has 1024 bits, less than 2048 (frame 6)');
    expect(judgementLines(judgement)).toHaveLength(1 + results.length);
  });
});

describe('what was lost', () => {
  const without = (frame: number): TlsConnectionEvent => {
    const [event] = connections(eventsOf(['keys/domain_key_example.net.pem'], frame));
    if (event === undefined) throw new Error('there is no connection');
    return event;
  };

  it('does not say that decryption went on where there was none', () => {
    // Without ClientKeyExchange.
    const lines = tlsDetailLines(without(7), { now: 1_108_774_087 }).map(text);
    expect(lines.find((line) => line.includes('Lost'))).toMatch(
      /198 bytes of the client before frame 9; records were found again after that$/,
    );
  });

  it('says once that the version was not seen', () => {
    const lines = tlsDetailLines(without(-9), { now: 1_108_774_087 }).map(text);
    expect(lines.find((line) => line.includes('Version'))).toMatch(/Version +not seen$/);
  });
});

describe('wrapping', () => {
  it.each([
    ['', 5, ['']],
    ['one two three', 7, ['one two', 'three']],
    ['one  two', 20, ['one  two']],
    ['unbreakable word', 4, ['unbreakable', 'word']],
    ['日本 日本', 4, ['日本', '日本']],
  ])('of %j to %i columns', (text, width, lines) => {
    expect(wrapText(text, width)).toEqual(lines);
  });
});
