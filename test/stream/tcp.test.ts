import { describe, expect, test } from 'vitest';
import { ACK, Connection, FIN, PSH, SYN } from './support.js';

function codes(connection: Connection): string[] {
  return connection.seen.faults.map(({ code }) => code);
}

describe('order', () => {
  test('in-order bytes are delivered at once, as a view of the frame', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'hello ', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('hello ');
    tcp.send('client', 1007, 'world', { acknowledgment: 5001 });
    tcp.send('server', 5001, 'answer', { acknowledgment: 1012 });
    expect(tcp.seen.text('client')).toBe('hello world');
    expect(tcp.seen.text('server')).toBe('answer');
    expect(tcp.seen.events).toEqual(['open 0', 'client 6 @4', 'client 5 @5', 'server 6 @6']);
  });

  test('out of order: what waits is a copy and comes when the hole is filled, with its own frame', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1011, 'ccccc');
    tcp.send('client', 1006, 'bbbbb');
    expect(tcp.seen.text('client')).toBe('');
    tcp.send('client', 1001, 'aaaaa');
    expect(tcp.seen.text('client')).toBe('aaaaabbbbbccccc');
    expect(tcp.seen.events.slice(1)).toEqual(['client 5 @6', 'client 5 @5', 'client 5 @4']);
    expect(tcp.reassembler.usage.held).toBe(0);
  });

  test('sequence numbers wrap', () => {
    const tcp = new Connection().handshake(0xffff_fffa, 0xffff_ffff);
    tcp.send('client', 0xffff_fffb, 'abcd', { acknowledgment: 0 });
    tcp.send('client', 3, 'ijkl', { acknowledgment: 0 });
    tcp.send('client', 0xffff_ffff, 'efgh', { acknowledgment: 0 });
    tcp.send('server', 0, 'xyz', { acknowledgment: 7 });
    expect(tcp.seen.text('client')).toBe('abcdefghijkl');
    expect(tcp.seen.text('server')).toBe('xyz');
  });

  test('data in the SYN comes first', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, 'early', { flags: SYN });
    tcp.send('server', 5000, '', { flags: SYN | ACK, acknowledgment: 1006 });
    tcp.send('client', 1006, ' late', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('early late');
  });

  test('simultaneous open', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('server', 5000, '', { flags: SYN });
    tcp.send('client', 1000, '', { flags: SYN | ACK, acknowledgment: 5001 });
    tcp.send('server', 5000, '', { flags: SYN | ACK, acknowledgment: 1001 });
    tcp.send('client', 1001, 'a', { acknowledgment: 5001 });
    tcp.send('server', 5001, 'b', { acknowledgment: 1002 });
    expect(tcp.seen.streams).toHaveLength(1);
    expect(tcp.seen.text('client') + tcp.seen.text('server')).toBe('ab');
  });

  test('the urgent pointer changes nothing', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'urgent', { flags: PSH | 0x20 });
    expect(tcp.seen.text('client')).toBe('urgent');
  });
});

describe('retransmission and overlap', () => {
  test('the same bytes again are no fault, in whatever pieces', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abcdef');
    tcp.send('client', 1001, 'abcdef');
    tcp.send('client', 1003, 'cdefgh');
    tcp.send('client', 1001, 'abcdefghij');
    tcp.send('client', 1021, 'uvwxyz');
    tcp.send('client', 1019, 'stuv');
    tcp.send('client', 1011, 'klmnopqrstuvwxyz');
    expect(tcp.seen.text('client')).toBe('abcdefghijklmnopqrstuvwxyz');
    expect(codes(tcp)).toEqual([]);
  });

  test('other bytes for what was delivered: the first win, a fault names the frame and the place', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'GOOD');
    tcp.send('client', 1002, 'OEVIL');
    expect(tcp.seen.text('client')).toBe('GOODIL');
    expect(tcp.seen.faults).toMatchObject([
      {
        code: 'overlap-conflict',
        direction: 'client',
        offset: 2,
        length: 2,
        frame: { number: 5 },
      },
    ]);
  });

  test('other bytes for what waits: likewise', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1005, 'GOOD');
    tcp.send('client', 1003, '..EVIL..');
    tcp.send('client', 1001, 'ab');
    expect(tcp.seen.text('client')).toBe('ab..GOOD..');
    expect(tcp.seen.faults).toMatchObject([{ offset: 4, length: 4, frame: { number: 5 } }]);
  });

  test('one segment over several that wait', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1003, 'cd');
    tcp.send('client', 1007, 'gh');
    tcp.send('client', 1011, 'kl');
    tcp.send('client', 1001, 'abcdefghijklmn');
    expect(tcp.seen.text('client')).toBe('abcdefghijklmn');
    expect(codes(tcp)).toEqual([]);
    expect(tcp.reassembler.usage.held).toBe(0);
  });

  test('keep-alives repeat one byte of any value, or none', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    tcp.send('client', 1003, '\0', { acknowledgment: 5001 });
    tcp.send('client', 1003, '', { acknowledgment: 5001 });
    tcp.send('client', 1004, 'd', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abcd');
    expect(codes(tcp)).toEqual([]);
  });

  test('zero-window probes carry the next byte, which is sent again', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    tcp.send('client', 1004, 'd', { acknowledgment: 5001 });
    tcp.send('client', 1004, 'd', { acknowledgment: 5001 });
    tcp.send('client', 1004, 'def', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abcdef');
    expect(codes(tcp)).toEqual([]);
  });

  test('what was delivered long ago is not compared, and not delivered again', () => {
    const tcp = new Connection({ historyBytes: 8 }).handshake();
    tcp.send('client', 1001, 'abcd');
    tcp.send('client', 1005, 'efghijkl');
    tcp.send('client', 1001, 'XXXX');
    expect(codes(tcp)).toEqual([]);
    tcp.send('client', 1005, 'XXXX');
    expect(tcp.seen.faults).toMatchObject([{ code: 'overlap-conflict', offset: 4, length: 4 }]);
    expect(tcp.seen.text('client')).toBe('abcdefghijkl');
  });

  test('faults of one stream are told up to a limit', () => {
    const tcp = new Connection({ faultsPerStream: 3 }).handshake();
    tcp.send('client', 1001, 'abcdef');
    for (let time = 0; time < 10; time++) tcp.send('client', 1001, 'ABCDEF');
    expect(codes(tcp)).toHaveLength(3);
  });
});

describe('lost segments', () => {
  test('acknowledged by the peer and three segments behind: a gap, with its size', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    for (const [at, text] of [
      [1014, 'one'],
      [1017, 'two'],
      [1020, 'three'],
    ] as const) {
      expect(tcp.seen.text('client')).toBe('abc');
      tcp.send('client', at, text, { acknowledgment: 5001 });
      tcp.send('server', 5001, '', { flags: ACK, acknowledgment: at + text.length });
    }
    expect(tcp.seen.text('client')).toBe('abconetwothree');
    expect(tcp.seen.received(0, 'client').gaps).toEqual([{ offset: 3, length: 10 }]);
    tcp.send('client', 1025, 'on', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('abconetwothreeon');
  });

  test('acknowledged and a second later: a gap, told at the next segment of any stream', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1011, 'later', { acknowledgment: 5001 });
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1016 });
    expect(tcp.seen.text('client')).toBe('');
    tcp.time += 1.1;
    tcp.send('client', 7, '', { flags: SYN, clientPort: 41_000 });
    expect(tcp.seen.text('client')).toBe('later');
    expect(tcp.seen.received(0, 'client').gaps).toEqual([{ offset: 0, length: 10 }]);
  });

  test('an acknowledgment that was there before what it covers was seen counts too', () => {
    const tcp = new Connection().handshake();
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1016 });
    tcp.send('client', 1011, 'later', { acknowledgment: 5001 });
    tcp.time += 1.1;
    tcp.send('client', 1016, '', { flags: ACK, acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('later');
  });

  test('not acknowledged: waited for, as the peer waits for it too', () => {
    const tcp = new Connection().handshake();
    for (let at = 0; at < 20; at++) {
      tcp.send('client', 1011 + at * 5, 'later', { acknowledgment: 5001 });
      tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1001 });
      tcp.time += 2;
    }
    expect(tcp.seen.text('client')).toBe('');
    tcp.send('client', 1001, '0123456789', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe(`0123456789${'later'.repeat(20)}`);
    expect(tcp.seen.received(0, 'client').gaps).toEqual([]);
  });

  test('an acknowledgment of bytes never seen is not believed', () => {
    const tcp = new Connection().handshake();
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 900_000_000 });
    for (const at of [1011, 1016, 1021, 1026]) tcp.send('client', at, 'later', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('');
    tcp.send('client', 1001, '0123456789', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('0123456789laterlaterlaterlater');
  });

  test('acknowledged in part: waited for', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1011, 'later', { acknowledgment: 5001 });
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1010 });
    tcp.time += 30;
    for (const at of [1016, 1021, 1026]) tcp.send('client', at, 'later', { acknowledgment: 5001 });
    expect(tcp.seen.text('client')).toBe('');
    tcp.send('server', 5001, '', { flags: ACK, acknowledgment: 1011 });
    expect(tcp.seen.text('client')).toBe('laterlaterlaterlater');
  });

  test('one direction captured alone: a gap after five seconds', () => {
    const tcp = new Connection();
    tcp.send('client', 1000, '', { flags: SYN });
    tcp.send('client', 1011, 'later');
    tcp.time += 4.9;
    tcp.send('client', 1016, '!');
    expect(tcp.seen.text('client')).toBe('');
    tcp.time += 0.2;
    tcp.send('client', 1017, '!');
    expect(tcp.seen.text('client')).toBe('later!!');
  });

  test('at the end of the stream and of the capture', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1005, 'b', { acknowledgment: 5001 });
    tcp.send('client', 1010, 'c', { acknowledgment: 5001 });
    tcp.end();
    expect(tcp.seen.text('client')).toBe('bc');
    expect(tcp.seen.received(0, 'client').gaps).toEqual([
      { offset: 0, length: 4 },
      { offset: 5, length: 4 },
    ]);
    expect(tcp.seen.events.at(-1)).toBe('close 0 end');
  });

  test('lost before a FIN: a gap with nothing behind it', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { acknowledgment: 5001 });
    tcp.send('client', 1011, '', { flags: FIN | ACK, acknowledgment: 5001 });
    tcp.end();
    expect(tcp.seen.received(0, 'client')).toEqual({
      bytes: Buffer.from('abc'),
      gaps: [{ offset: 3, length: 7 }],
    });
  });

  test('what the snap length cut is lost at once', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc', { missing: 7 });
    expect(tcp.seen.received(0, 'client').gaps).toEqual([{ offset: 3, length: 7 }]);
    tcp.send('client', 1011, 'def', { missing: 7 });
    tcp.send('client', 1021, 'ghi');
    expect(tcp.seen.text('client')).toBe('abcdefghi');
    expect(tcp.seen.received(0, 'client').gaps).toEqual([
      { offset: 3, length: 7 },
      { offset: 13, length: 7 },
    ]);
  });

  test('cut segments that wait', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1011, 'def', { missing: 7 });
    tcp.send('client', 1021, 'ghi');
    tcp.send('client', 1001, '0123456789');
    expect(tcp.seen.text('client')).toBe('0123456789defghi');
    expect(tcp.seen.received(0, 'client').gaps).toEqual([{ offset: 13, length: 7 }]);
  });

  test('a sequence number out of any window is left out; where the stream goes on there, it does', () => {
    const tcp = new Connection().handshake();
    tcp.send('client', 1001, 'abc');
    tcp.send('client', 1004 + 2 ** 30 + 5, 'stray');
    tcp.send('client', 1004, 'def');
    expect(tcp.seen.text('client')).toBe('abcdef');
    const far = 1007 + 2 ** 31 - 9;
    for (let time = 0; time < 4; time++) tcp.send('client', far + time, 'x');
    expect(codes(tcp)).toEqual([
      'out-of-window',
      'out-of-window',
      'out-of-window',
      'out-of-window',
      'sequence-jump',
    ]);
    tcp.send('client', far + 4, 'y');
    expect(tcp.seen.text('client')).toBe('abcdefxy');
  });
});
