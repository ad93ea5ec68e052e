import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { type AnalyzerLimits, CaptureAnalyzer } from '../../src/analyzer/capture-analyzer.js';
import type { AnalyzerEvent } from '../../src/analyzer/events.js';
import { createCaptureReader } from '../../src/capture/reader.js';
import { contextWith } from '../support/analyze.js';
import { CaptureBuilder, type ConnectionBuilder } from '../support/pcap-builder.js';

/** What connections that never come to an end may cost. */

const server = { address: '192.0.2.2', port: 5060 };

function events(capture: CaptureBuilder, limits: AnalyzerLimits = {}, end = true): AnalyzerEvent[] {
  const found: AnalyzerEvent[] = [];
  const listener = (event: AnalyzerEvent) => found.push(event);
  const analyzer = new CaptureAnalyzer('test', contextWith(), listener, undefined, limits);
  const reader = createCaptureReader('pcap', analyzer);
  reader.push(capture.toBytes());
  reader.end();
  if (end) {
    analyzer.end();
    analyzer.finish();
  }
  return found;
}

function connections(capture: CaptureBuilder, count: number): ConnectionBuilder[] {
  return Array.from({ length: count }, (_, index) =>
    capture.connect({ address: '192.0.2.1', port: 40_000 + index }, server),
  );
}

const begun = (callId: string) =>
  `MESSAGE sip:bob@example.net SIP/2.0\r\nCall-ID: ${callId}\r\nContent-Length: 50000\r\n\r\n${'x'.repeat(1200)}`;

describe('memory of all connections together', () => {
  it('is bounded: where unfinished messages hold too much, the idlest connections end', () => {
    const capture = new CaptureBuilder();
    connections(capture, 20).forEach((tcp, index) => {
      tcp.send('client', begun(`c${index}`));
    });
    // Room for about ten of them, and none is over when the capture ends.
    const early = events(capture, { heldBytes: 13_000 }, false);
    const ended = early.flatMap((event) => (event.type === 'sip_message' ? [event.tcpStream] : []));
    expect(ended.length).toBeGreaterThanOrEqual(9);
    expect(ended).toEqual(Array.from(ended.keys()));
    expect(events(capture, {}, false)).toEqual([]);
    const all = events(capture, { heldBytes: 13_000 });
    expect(all.filter(({ type }) => type === 'sip_message')).toHaveLength(20);
  });

  it('is told of where a connection is let go, and not as the end of the stream', () => {
    const capture = new CaptureBuilder();
    for (const tcp of connections(capture, 3))
      tcp.send('client', 'MESSAGE sip:bob@example.net SIP/2.0\r\nTo: ');
    const found = events(capture, { tcp: { openConnections: 2 } }).flatMap((event) =>
      event.type === 'finding' ? [event.finding] : [],
    );
    expect(found.map(({ rule }) => rule)).toEqual([
      ...['tcp/let-go', 'tcp/skipped', 'tcp/skipped', 'tcp/skipped'],
    ]);
    const [told, first, second] = found.map(({ summary }) => summary);
    expect(told).toContain('--keep');
    expect(first).toContain('the connection was let go before a message was whole');
    expect(second).toContain('the stream ends inside a header section');
  });

  it('is the reason that a message cut by it gives, and the end of the stream that of others', () => {
    const capture = new CaptureBuilder();
    for (const tcp of connections(capture, 3)) tcp.send('client', begun('c'));
    const faults = events(capture, { tcp: { openConnections: 2 } }).flatMap((event) =>
      event.type === 'sip_message' ? [event.findings.filter(({ where }) => where === 'body')] : [],
    );
    const left = '48800 octets before the end of the body that Content-Length announces.';
    const body = { reference: 'RFC 3261 §18.3', where: 'body' };
    const ended = {
      ...body,
      rule: 'sip/body-cut-short',
      severity: 'error',
      summary: `The stream ends ${left}`,
    };
    expect(faults).toEqual([
      [
        {
          ...body,
          rule: 'sip/body-let-go',
          severity: 'warning',
          summary: `siplens let go of the connection ${left}`,
        },
      ],
      [ended],
      [ended],
    ]);
  });

  it.each(['in one frame', 'in fragments'])('is told over WebSocket too, of a message %s', (form) => {
    const upgrade = 'GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n';
    const text = Buffer.from(begun('c').slice(0, 1000));
    // Each has text to come: of its frame, or of frames after this one, which is not the last.
    const announced = form === 'in one frame' ? text.length + 1 : text.length;
    const header = Buffer.from([
      form === 'in one frame' ? 0x81 : 0x01,
      126,
      announced >> 8,
      announced & 0xff,
    ]);
    const capture = new CaptureBuilder();
    for (const tcp of connections(capture, 2))
      tcp.send('client', upgrade).send('client', Buffer.concat([header, text]));
    const [told, cut, ended] = events(capture, { tcp: { openConnections: 1 } }).flatMap((event) =>
      event.type === 'finding' ? [event.finding] : [],
    );
    expect(told?.rule).toBe('tcp/let-go');
    expect(cut).toMatchObject({ rule: 'tcp/skipped', where: expect.stringContaining('tcp') });
    expect(cut?.summary).toContain('1004 bytes');
    expect(cut?.summary).toContain('the connection was let go before a message was whole');
    expect(ended?.summary).toContain('the stream ends before a message is whole');
  });

  it('counts TLS handshakes too', () => {
    // A ClientHello of TLS 1.2 with one suite, no session and no extension.
    const body = Buffer.concat([
      Buffer.from('0303', 'hex'),
      Buffer.alloc(32),
      Buffer.from('000002002f0100', 'hex'),
    ]);
    const hello = Buffer.concat([Buffer.from([22, 3, 1, 0, body.length + 4, 1, 0, 0, body.length]), body]);
    const capture = new CaptureBuilder();
    for (const tcp of connections(capture, 20)) tcp.send('client', hello);
    const early = events(capture, { heldBytes: 10 * 20_000 }, false);
    expect(early.filter(({ type }) => type === 'tls_connection').length).toBeGreaterThanOrEqual(8);
  });

  it('does not end the only connection, whatever it holds', () => {
    const capture = new CaptureBuilder();
    const [tcp] = connections(capture, 1);
    tcp
      ?.send('client', begun('long'))
      .send('client', 'y'.repeat(50_000 - 1200))
      .close();
    const found = events(capture, { heldBytes: 1000 });
    expect(found).toMatchObject([{ type: 'sip_message', message: { body: { length: 50_000 } } }]);
  });
});

describe('memory of a connection', () => {
  it('is little while it waits for its next message', () => {
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    const used = (): number => {
      collect();
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      return heapUsed + arrayBuffers;
    };
    const count = 16_000;
    const capture = new CaptureBuilder();
    const whole = 'MESSAGE sip:bob@example.net SIP/2.0\r\nCall-ID: c\r\nContent-Length: 5\r\n\r\nhello';
    for (const tcp of connections(capture, count)) {
      tcp.send('client', whole, { acknowledge: false }).send('server', whole, { acknowledge: false });
    }
    const bytes = capture.toBytes();
    let messages = 0;
    const listener = ({ type }: AnalyzerEvent): void => {
      if (type === 'sip_message') messages++;
    };
    // Without a history, which all connections share.
    const limits = { tcp: { historyBytes: 0 } };
    const analyzer = new CaptureAnalyzer('test', contextWith(), listener, undefined, limits);
    const reader = createCaptureReader('pcap', analyzer);
    const before = used();
    reader.push(bytes);
    const each = (used() - before) / count;
    expect(messages).toBe(2 * count);
    // 660 bytes; with objects, maps and closures for all that a connection may need it was 3.9 KB.
    expect(each).toBeLessThan(1000);
    analyzer.end();
  });
});

describe('cost of a connection that does not tell what it is', () => {
  it('is linear where keep-alives come a byte at a time', () => {
    const capture = new CaptureBuilder();
    const [tcp] = connections(capture, 1);
    for (let index = 0; index < 15_000; index++) {
      tcp?.send('client', index % 2 === 0 ? '\r' : '\n', { acknowledge: false });
    }
    tcp?.send('client', begun('after')).close();
    const start = performance.now();
    const found = events(capture);
    // 0.3 s; joining all pieces again for each took 5 s.
    expect(performance.now() - start).toBeLessThan(2500);
    expect(found.filter(({ type }) => type === 'sip_message')).toHaveLength(1);
  });
});
